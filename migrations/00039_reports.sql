-- The Monday audit report: one per week, its files, and the mails they leave by.

-- +goose Up
CREATE TABLE reports (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    week_start   timestamptz NOT NULL UNIQUE,  -- Monday 00:00 in Toronto: a week is reported once
    week_end     timestamptz NOT NULL CHECK (week_end > week_start),
    events       bigint NOT NULL,
    late         bigint NOT NULL,              -- of them: of weeks before, written down after those were reported
    through_id   bigint NOT NULL,              -- the newest row of the log that it could see
    head         bytea NOT NULL,               -- combined head of all chains
    chains       int NOT NULL,
    seals        bigint NOT NULL,
    made_at      timestamptz NOT NULL,
    delivered_at timestamptz,                  -- the mail server has taken every file
    alerted_at   timestamptz                   -- somebody was last told that it has not
);
CREATE TABLE report_files (
    id        uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    report_id uuid NOT NULL REFERENCES reports (id),
    position  int NOT NULL,
    kind      text NOT NULL CHECK (kind IN ('csv', 'pdf')),
    part      int NOT NULL,
    parts     int NOT NULL CHECK (part BETWEEN 1 AND parts),
    name      text NOT NULL,
    size      bigint NOT NULL,
    sha256    bytea NOT NULL UNIQUE,
    rows      bigint NOT NULL,
    body      bytea NOT NULL,
    UNIQUE (report_id, position)
);
-- PDF is compressed already, and a CSV is read whole.
ALTER TABLE report_files ALTER COLUMN body SET STORAGE EXTERNAL;

-- What a mail carries; gone with the mail.
CREATE TABLE mail_attachments (
    mail_id  uuid NOT NULL REFERENCES mails (id) ON DELETE CASCADE,
    position int NOT NULL,
    file_id  uuid NOT NULL REFERENCES report_files (id),
    PRIMARY KEY (mail_id, position)
);
CREATE INDEX mail_attachments_file ON mail_attachments (file_id);

-- Rows come nearly in the order of their times: a week is a few ranges.
CREATE INDEX audit_events_at ON audit_events USING brin (at) WITH (pages_per_range = 32, autosummarize = on);

CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON report_files FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep BEFORE DELETE OR TRUNCATE ON reports FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE report_files ENABLE ALWAYS TRIGGER keep;
ALTER TABLE reports ENABLE ALWAYS TRIGGER keep;

ALTER TABLE reports ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY worker_read ON reports FOR SELECT TO callshu_worker USING (true);
CREATE POLICY worker_add ON reports FOR INSERT TO callshu_worker WITH CHECK (true);
CREATE POLICY worker_update ON reports FOR UPDATE TO callshu_worker USING (true);
CREATE POLICY operator_read ON reports FOR SELECT TO callshu_operator USING (true);
CREATE POLICY backup ON reports FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT, UPDATE (delivered_at, alerted_at) ON reports TO callshu_worker;
GRANT SELECT ON reports TO callshu_operator, callshu_backup;

ALTER TABLE report_files ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY worker_read ON report_files FOR SELECT TO callshu_worker USING (true);
CREATE POLICY worker_add ON report_files FOR INSERT TO callshu_worker WITH CHECK (true);
CREATE POLICY operator_read ON report_files FOR SELECT TO callshu_operator USING (true);
CREATE POLICY backup ON report_files FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT ON report_files TO callshu_worker;
GRANT SELECT ON report_files TO callshu_operator, callshu_backup;

ALTER TABLE mail_attachments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY worker_read ON mail_attachments FOR SELECT TO callshu_worker USING (true);
CREATE POLICY worker_add ON mail_attachments FOR INSERT TO callshu_worker WITH CHECK (true);
CREATE POLICY operator_read ON mail_attachments FOR SELECT TO callshu_operator USING (true);
CREATE POLICY operator_add ON mail_attachments FOR INSERT TO callshu_operator WITH CHECK (true);
CREATE POLICY backup ON mail_attachments FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT ON mail_attachments TO callshu_worker, callshu_operator;
GRANT SELECT ON mail_attachments TO callshu_backup;

-- +goose Down
DROP INDEX audit_events_at;
DROP TABLE mail_attachments, report_files, reports;
