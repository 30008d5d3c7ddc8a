-- A call's state changes five times, and each change was written into every
-- index of the table, since it stood in the conditions of four of them. What
-- those conditions ask changes at the answer and at the end only; a column that
-- does not change leaves a row's index entries as they are (a heap-only update),
-- where its page has room.

-- +goose Up
ALTER TABLE attempts
    ADD live    boolean GENERATED ALWAYS AS (state IN ('placing', 'unknown', 'queued', 'initiated', 'ringing', 'in_progress')) STORED NOT NULL,
    ADD counted boolean GENERATED ALWAYS AS (state <> 'not_placed') STORED NOT NULL,
    ADD reached boolean GENERATED ALWAYS AS (state IN ('in_progress', 'completed')) STORED NOT NULL,
    ADD failed  boolean GENERATED ALWAYS AS (state = 'failed') STORED NOT NULL;
ALTER TABLE attempts SET (fillfactor = 60);
ALTER TABLE recipients SET (fillfactor = 75);

DROP INDEX attempts_live;
CREATE UNIQUE INDEX attempts_live ON attempts (phone_key) WHERE live;
DROP INDEX attempts_account_day;
CREATE INDEX attempts_account_day ON attempts (account_id, created_at) WHERE kind = 'campaign' AND counted;
DROP INDEX attempts_answered;
CREATE INDEX attempts_answered ON attempts (campaign_id, created_at) WHERE kind = 'campaign' AND reached;
DROP INDEX attempts_short;
CREATE INDEX attempts_short ON attempts (campaign_id, created_at) WHERE kind = 'campaign' AND reached AND duration_s < 5;
DROP INDEX attempts_failed;
CREATE INDEX attempts_failed ON attempts (campaign_id, created_at) WHERE kind = 'campaign' AND failed;

-- The carrier's id of a call belongs to one dialling. It comes after the row, and
-- an index of the row's own would write all others anew.
CREATE TABLE call_sids (
    call_sid   text PRIMARY KEY,
    attempt_id uuid NOT NULL
);
INSERT INTO call_sids SELECT call_sid, id FROM attempts WHERE call_sid IS NOT NULL;
DROP INDEX attempts_call_sid;
ALTER TABLE call_sids ENABLE ROW LEVEL SECURITY;
ALTER TABLE call_sids FORCE ROW LEVEL SECURITY;
CREATE POLICY worker_add ON call_sids FOR INSERT TO callshu_worker WITH CHECK (true);
CREATE POLICY worker_read ON call_sids FOR SELECT TO callshu_worker USING (true);
CREATE POLICY backup ON call_sids FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT ON call_sids TO callshu_worker;
GRANT SELECT ON call_sids TO callshu_backup;

-- +goose Down
CREATE UNIQUE INDEX attempts_call_sid ON attempts (call_sid) WHERE call_sid IS NOT NULL;
DROP TABLE call_sids;
DROP INDEX attempts_failed;
CREATE INDEX attempts_failed ON attempts (campaign_id, created_at) WHERE kind = 'campaign' AND state = 'failed';
DROP INDEX attempts_short;
CREATE INDEX attempts_short ON attempts (campaign_id, created_at) WHERE kind = 'campaign' AND state = 'completed' AND duration_s < 5;
DROP INDEX attempts_answered;
CREATE INDEX attempts_answered ON attempts (campaign_id, created_at) WHERE kind = 'campaign' AND state IN ('in_progress', 'completed');
DROP INDEX attempts_account_day;
CREATE INDEX attempts_account_day ON attempts (account_id, created_at) WHERE kind = 'campaign' AND state <> 'not_placed';
DROP INDEX attempts_live;
CREATE UNIQUE INDEX attempts_live ON attempts (phone_key)
    WHERE state IN ('placing', 'unknown', 'queued', 'initiated', 'ringing', 'in_progress');
ALTER TABLE recipients RESET (fillfactor);
ALTER TABLE attempts RESET (fillfactor);
ALTER TABLE attempts DROP live, DROP counted, DROP reached, DROP failed;
