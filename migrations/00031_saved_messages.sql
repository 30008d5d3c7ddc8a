-- Messages that an account keeps to start campaigns from. A campaign copies the
-- words; what becomes of the message later is nothing to it.

-- +goose Up
CREATE TABLE saved_messages (
    id         uuid NOT NULL PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id),
    name       text NOT NULL CHECK (name <> ''),
    content    jsonb NOT NULL,       -- as of a campaign
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_by uuid NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, created_by) REFERENCES users (account_id, id),
    FOREIGN KEY (account_id, updated_by) REFERENCES users (account_id, id)
);
CREATE UNIQUE INDEX saved_messages_name ON saved_messages (account_id, lower(name));

ALTER TABLE saved_messages ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app ON saved_messages FOR ALL TO callshu_app USING (account_id = (SELECT current_account())) WITH CHECK (account_id = (SELECT current_account()));
CREATE POLICY backup ON saved_messages FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT, DELETE, UPDATE (name, content, updated_by, updated_at) ON saved_messages TO callshu_app;
GRANT SELECT ON saved_messages TO callshu_backup;

-- +goose Down
DROP TABLE saved_messages;
