-- An import is a file that is checked, confirmed and then taken by a job: it
-- waits here between the three. What was taken, and on whose word, stays in
-- imports for ever; this is work in hand and goes after a day, file and all.

-- +goose Up
CREATE TABLE import_files (
    id           uuid NOT NULL PRIMARY KEY,  -- of the import too, once it is taken
    account_id   uuid NOT NULL REFERENCES accounts (id),
    user_id      uuid NOT NULL,
    name         text NOT NULL,
    data         bytea NOT NULL,             -- as received, but for card numbers
    content_hash bytea NOT NULL,             -- SHA-256 of the file as received
    fields       text[] NOT NULL,            -- what each column is taken for; '' where it is ignored
    state        text NOT NULL CHECK (state IN ('open', 'queued', 'running', 'done', 'failed')),
    created_at   timestamptz NOT NULL,
    -- What was confirmed, and who did.
    attestation  text NOT NULL DEFAULT '',
    invite       boolean NOT NULL DEFAULT false,
    actor_name   text NOT NULL DEFAULT '',
    actor_ip     text NOT NULL DEFAULT '',
    request_id   text NOT NULL DEFAULT '',
    language     text NOT NULL DEFAULT '',
    confirmed_at timestamptz,
    -- How far the job is, and what came of it.
    phase        text NOT NULL DEFAULT '' CHECK (phase IN ('', 'reading', 'writing', 'inviting')),
    rows_done    int NOT NULL DEFAULT 0,
    rows_to_do   int NOT NULL DEFAULT 0,
    rows_total   int NOT NULL DEFAULT 0,
    rows_new     int NOT NULL DEFAULT 0,
    rows_changed int NOT NULL DEFAULT 0,
    rows_unchanged int NOT NULL DEFAULT 0,
    rows_rejected int NOT NULL DEFAULT 0,
    rows_gone    int NOT NULL DEFAULT 0,     -- people on the list whom the file does not name
    invitations  int NOT NULL DEFAULT 0,
    invited_by   timestamptz,                -- about when the last invitation has been sent
    problem_code text NOT NULL DEFAULT '',
    problem      text NOT NULL DEFAULT '',   -- why it failed, in words
    finished_at  timestamptz,
    -- Those who are gone leave the list by a job of their own, batch by batch.
    archive      text NOT NULL DEFAULT '' CHECK (archive IN ('', 'queued', 'done')),
    archive_confirmed int NOT NULL DEFAULT 0,
    archived     int NOT NULL DEFAULT 0,
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id)
);
-- The files compress badly enough, and doing so takes longer than writing them.
ALTER TABLE import_files ALTER data SET STORAGE EXTERNAL;
CREATE INDEX import_files_age ON import_files (account_id, created_at);

-- What each heading of the last file was taken for, by a keyed hash of the
-- heading: a file without headings would leave somebody's name here.
CREATE TABLE import_mappings (
    account_id uuid NOT NULL PRIMARY KEY REFERENCES accounts (id),
    fields     jsonb NOT NULL,
    updated_at timestamptz NOT NULL
);

ALTER TABLE import_files ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app ON import_files FOR ALL TO callshu_app USING (account_id = (SELECT current_account())) WITH CHECK (account_id = (SELECT current_account()));
CREATE POLICY worker_read ON import_files FOR SELECT TO callshu_worker USING (true);
CREATE POLICY worker_delete ON import_files FOR DELETE TO callshu_worker USING (true);
CREATE POLICY backup ON import_files FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON import_files TO callshu_app;
-- It deletes what is old and reads nothing of what people sent.
GRANT SELECT (created_at), DELETE ON import_files TO callshu_worker;
GRANT SELECT ON import_files TO callshu_backup;

ALTER TABLE import_mappings ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app ON import_mappings FOR ALL TO callshu_app USING (account_id = (SELECT current_account())) WITH CHECK (account_id = (SELECT current_account()));
CREATE POLICY backup ON import_mappings FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT, UPDATE ON import_mappings TO callshu_app;
GRANT SELECT ON import_mappings TO callshu_backup;

-- +goose Down
DROP TABLE import_mappings, import_files;
