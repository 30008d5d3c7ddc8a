-- People who call our number back: what each of them heard, and the answer that
-- some of them gave.

-- +goose Up
-- Set by the claim's own lock, so that nobody is rung who is on the line with
-- us: business time until which the newest document may still be heard.
ALTER TABLE phone_gates ADD COLUMN on_line_until timestamptz;

-- An answer given by calling back is final, whatever a callback of the missed
-- call says later.
ALTER TABLE recipients ADD COLUMN answered_by_callback boolean NOT NULL DEFAULT false
    CONSTRAINT recipients_called_back CHECK (NOT answered_by_callback OR (state = 'answered' AND answer IS NOT NULL));

-- One call to one of our numbers. The first request binds it to the call that
-- it returns; a call of a stranger belongs to no account.
CREATE TABLE inbound_calls (
    call_sid     text PRIMARY KEY,
    account_id   uuid REFERENCES accounts (id),
    phone_key    bytea REFERENCES phone_gates (phone_key),  -- NULL: the number was withheld
    sender_id    uuid NOT NULL REFERENCES senders (id),
    attempt_id   uuid,                     -- the call that is returned
    recipient_id uuid,
    at           timestamptz NOT NULL,
    heard        text NOT NULL DEFAULT '' CHECK (heard IN ('', 'stranger', 'caller', 'message')),
    answer       smallint CHECK (answer BETWEEN 1 AND 7),
    answer_turn  text NOT NULL DEFAULT '', -- the step and key that gave it: the same request again is a replay
    answered_at  timestamptz,
    revoked      text NOT NULL DEFAULT '' CHECK (revoked IN ('', 'opted_out', 'not_me')),
    live_until   timestamptz NOT NULL,
    ended_at     timestamptz,
    FOREIGN KEY (account_id, attempt_id) REFERENCES attempts (account_id, id),
    FOREIGN KEY (account_id, recipient_id) REFERENCES recipients (account_id, id),
    CHECK ((account_id IS NULL) = (attempt_id IS NULL) AND (attempt_id IS NULL) = (recipient_id IS NULL))
);
CREATE INDEX inbound_calls_recipient ON inbound_calls (recipient_id, at);
CREATE INDEX inbound_calls_live ON inbound_calls (phone_key, live_until) WHERE ended_at IS NULL;

ALTER TABLE inbound_calls ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app_read ON inbound_calls FOR SELECT TO callshu_app USING (account_id = (SELECT current_account()));
CREATE POLICY worker_read ON inbound_calls FOR SELECT TO callshu_worker USING (true);
CREATE POLICY worker_add ON inbound_calls FOR INSERT TO callshu_worker WITH CHECK (true);
CREATE POLICY worker_update ON inbound_calls FOR UPDATE TO callshu_worker USING (true);
CREATE POLICY backup ON inbound_calls FOR SELECT TO callshu_backup USING (true);
GRANT SELECT (call_sid, account_id, recipient_id, at, heard, answer) ON inbound_calls TO callshu_app;
GRANT SELECT, INSERT, UPDATE (heard, answer, answer_turn, answered_at, revoked, live_until, ended_at) ON inbound_calls TO callshu_worker;
GRANT SELECT ON inbound_calls TO callshu_backup;

-- +goose Down
DROP TABLE inbound_calls;
ALTER TABLE recipients DROP COLUMN answered_by_callback;
ALTER TABLE phone_gates DROP COLUMN on_line_until;
