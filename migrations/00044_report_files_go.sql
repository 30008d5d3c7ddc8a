-- The files of a report hold the events of its week, so they go when those go:
-- after two years. Which files there were, and their hashes, stay.

-- +goose Up
ALTER TABLE report_files ALTER COLUMN body DROP NOT NULL,
    ADD COLUMN purged_at timestamptz,
    ADD CONSTRAINT report_files_purged CHECK ((body IS NULL) = (purged_at IS NOT NULL));

-- Two weeks without an event have the same CSV, which was refused: reports came to
-- a stop when three weeks were caught up.
ALTER TABLE report_files DROP CONSTRAINT IF EXISTS report_files_sha256_key;
CREATE INDEX IF NOT EXISTS report_files_sha256 ON report_files (sha256);

-- +goose StatementBegin
CREATE FUNCTION keep_report_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- purge_report_files alone runs as callshu_definer, whom nobody can log in as,
    -- and who may write two columns of a file, and only to empty it.
    IF TG_OP = 'UPDATE' AND current_user = 'callshu_definer' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION keep_report_file() FROM PUBLIC;
DROP TRIGGER keep ON report_files;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON report_files FOR EACH STATEMENT EXECUTE FUNCTION keep_report_file();
ALTER TABLE report_files ENABLE ALWAYS TRIGGER keep;

-- Two years are a wall here too: of a week that is not that long over the
-- database itself shows the function nothing to empty.
CREATE POLICY definer_read ON reports FOR SELECT TO callshu_definer USING (true);
CREATE POLICY definer_read ON report_files FOR SELECT TO callshu_definer USING (true);
CREATE POLICY definer_purge ON report_files FOR UPDATE TO callshu_definer
    USING (EXISTS (SELECT FROM reports r WHERE r.id = report_id AND r.week_end < now() - interval '730 days'))
    WITH CHECK (body IS NULL);
GRANT SELECT (id, week_end) ON reports TO callshu_definer;
GRANT SELECT (report_id, purged_at), UPDATE (body, purged_at) ON report_files TO callshu_definer;

-- purge_report_files empties the files of every week that ended before `older`:
-- all their events are older still. A file holds events of every account, so
-- that one account's legal hold keeps them all, as it keeps the platform's chain.
-- It returns of how many weeks it emptied files, and how many.
-- +goose StatementBegin
CREATE FUNCTION purge_report_files(older timestamptz, OUT weeks bigint, OUT files bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    weeks := 0;
    files := 0;
    IF older IS NULL OR older > now() - interval '730 days' THEN
        RAISE EXCEPTION 'the files of reports are kept for 730 days, up to %', older USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF EXISTS (SELECT FROM public.accounts a WHERE a.legal_hold_at IS NOT NULL) THEN
        RETURN;
    END IF;
    WITH emptied AS (
        UPDATE public.report_files f SET body = NULL, purged_at = now()
          FROM public.reports r WHERE r.id = f.report_id AND r.week_end < older AND f.purged_at IS NULL
        RETURNING f.report_id)
    SELECT count(DISTINCT e.report_id), count(*) INTO weeks, files FROM emptied e;
END $$;
-- +goose StatementEnd
ALTER FUNCTION purge_report_files(timestamptz) OWNER TO callshu_definer;
REVOKE EXECUTE ON FUNCTION purge_report_files(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION purge_report_files(timestamptz) TO callshu_worker;

-- +goose Down
-- The index stays as it is: files that are alike may be there by now.
DROP FUNCTION purge_report_files(timestamptz);
REVOKE SELECT (report_id, purged_at), UPDATE (body, purged_at) ON report_files FROM callshu_definer;
REVOKE SELECT (id, week_end) ON reports FROM callshu_definer;
DROP POLICY definer_purge ON report_files;
DROP POLICY definer_read ON report_files;
DROP POLICY definer_read ON reports;
DROP TRIGGER keep ON report_files;
-- What is gone stays gone: an empty file where there was one.
ALTER TABLE report_files DROP CONSTRAINT report_files_purged, NO FORCE ROW LEVEL SECURITY;
UPDATE report_files SET body = '' WHERE body IS NULL;
ALTER TABLE report_files FORCE ROW LEVEL SECURITY;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON report_files FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE report_files ENABLE ALWAYS TRIGGER keep;
DROP FUNCTION keep_report_file();
ALTER TABLE report_files DROP COLUMN purged_at, ALTER COLUMN body SET NOT NULL;
