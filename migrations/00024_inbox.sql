-- Texts that a person has to read, and opt-outs that reach us otherwise than by
-- phone: told to the employer, or written to Callshu.

-- +goose Up
ALTER TABLE inbound_reads
    ADD COLUMN id           uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    ADD COLUMN phone_key    bytea REFERENCES phone_gates (phone_key),
    ADD COLUMN phone_masked text NOT NULL DEFAULT '',   -- the person may no longer be on the list
    ADD COLUMN resolved_at  timestamptz,
    ADD COLUMN resolved_by  uuid,
    ADD COLUMN resolution   text CHECK (resolution IN ('no_action', 'opt_out', 'settled')),  -- settled: the person's own later word said it
    ADD COLUMN note         text NOT NULL DEFAULT '',
    ADD FOREIGN KEY (account_id, resolved_by) REFERENCES users (account_id, id),
    ADD CONSTRAINT inbound_reads_resolved CHECK (review OR resolved_at IS NULL),
    ADD CONSTRAINT inbound_reads_by CHECK ((resolved_at IS NULL) = (resolution IS NULL) AND (resolved_by IS NULL) = (resolution IS NULL OR resolution = 'settled'));

ALTER TABLE inbound_reads NO FORCE ROW LEVEL SECURITY;
UPDATE inbound_reads r SET phone_key = m.phone_key,
    phone_masked = CASE WHEN m.phone ~ '^\+1[0-9]{10}$' THEN '+1•••••' || right(m.phone, 4) ELSE '•••••' END
    FROM inbound_messages m WHERE m.message_sid = r.message_sid;
ALTER TABLE inbound_reads FORCE ROW LEVEL SECURITY;
ALTER TABLE inbound_reads ALTER COLUMN phone_key SET NOT NULL;

CREATE INDEX inbound_reads_review ON inbound_reads (account_id, received_at DESC, id DESC) WHERE review;
CREATE INDEX inbound_reads_open ON inbound_reads (account_id, phone_key) WHERE review AND resolved_at IS NULL;

-- An employer decides once about a text, and cannot touch its words. That it
-- wants no action is all that it may write itself: an opt-out is written where
-- the revocation is, by the worker.
CREATE POLICY app_resolve ON inbound_reads FOR UPDATE TO callshu_app
    USING (account_id = (SELECT current_account()) AND review AND resolved_at IS NULL)
    WITH CHECK (account_id = (SELECT current_account()) AND resolution = 'no_action');
CREATE POLICY worker_resolve ON inbound_reads FOR UPDATE TO callshu_worker
    USING (review AND resolved_at IS NULL) WITH CHECK (resolution IN ('opt_out', 'settled'));
GRANT UPDATE (resolved_at, resolved_by, resolution, note) ON inbound_reads TO callshu_app, callshu_worker;

-- What an employer writes down for its own employee has a channel of its own,
-- so that the ledger never passes it for the person's own act.
ALTER TABLE consent_events DROP CONSTRAINT consent_events_channel_check,
    ADD CONSTRAINT consent_events_channel_check CHECK (channel IN ('sms', 'voice', 'web', 'import', 'operator', 'employer', 'carrier', 'system'));

-- Opt-outs that an operator has recorded. The ledgers of the employers concerned
-- name the row; where nobody is concerned it is all the evidence there is.
CREATE TABLE opt_out_records (
    id           uuid PRIMARY KEY,
    account_id   uuid REFERENCES accounts (id),   -- NULL: every employer of the platform
    phone_key    bytea NOT NULL REFERENCES phone_gates (phone_key),
    phone_masked text NOT NULL,
    received_at  timestamptz NOT NULL,            -- when the wish reached us
    evidence     text NOT NULL,                   -- how it came; addresses and numbers masked
    reason       text NOT NULL,
    operator_id  uuid NOT NULL REFERENCES operators (id),
    employers    int NOT NULL,                    -- whose ledgers were written
    recorded_at  timestamptz NOT NULL
);
CREATE INDEX opt_out_records_newest ON opt_out_records (recorded_at DESC, id DESC);
ALTER TABLE opt_out_records ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY worker_add ON opt_out_records FOR INSERT TO callshu_worker WITH CHECK (true);
CREATE POLICY operator_read ON opt_out_records FOR SELECT TO callshu_operator USING (true);
CREATE POLICY backup ON opt_out_records FOR SELECT TO callshu_backup USING (true);
GRANT INSERT ON opt_out_records TO callshu_worker;
GRANT SELECT ON opt_out_records TO callshu_operator, callshu_backup;

-- +goose Down
DROP TABLE opt_out_records;
-- The ledger keeps its rows: the narrower rule holds for new ones only.
ALTER TABLE consent_events DROP CONSTRAINT consent_events_channel_check,
    ADD CONSTRAINT consent_events_channel_check CHECK (channel IN ('sms', 'voice', 'web', 'import', 'operator', 'carrier', 'system')) NOT VALID;
REVOKE UPDATE (resolved_at, resolved_by, resolution, note) ON inbound_reads FROM callshu_app, callshu_worker;
DROP POLICY app_resolve ON inbound_reads;
DROP POLICY worker_resolve ON inbound_reads;
DROP INDEX inbound_reads_review, inbound_reads_open;
ALTER TABLE inbound_reads DROP COLUMN id, DROP COLUMN phone_key, DROP COLUMN phone_masked,
    DROP COLUMN resolved_at, DROP COLUMN resolved_by, DROP COLUMN resolution, DROP COLUMN note;
