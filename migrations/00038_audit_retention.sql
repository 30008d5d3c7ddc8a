-- What keeps the log whole when its end is cut off, and what lets its old rows
-- go after two years without breaking a seal.

-- +goose Up
-- The combined head of all chains, once a day. It is computed anew from the
-- seals up to `at` at each verification: a seal that is gone from the end of a
-- chain leaves no gap there, and is found here.
CREATE TABLE seal_checkpoints (
    day    date PRIMARY KEY,      -- of business time, UTC
    at     timestamptz NOT NULL,  -- of the newest seal it covers; every later seal has a later time
    hash   bytea NOT NULL,
    chains int NOT NULL,
    seals  bigint NOT NULL
);
CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON seal_checkpoints FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE seal_checkpoints ENABLE ALWAYS TRIGGER keep;
ALTER TABLE seal_checkpoints ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY worker_read ON seal_checkpoints FOR SELECT TO callshu_worker USING (true);
CREATE POLICY worker_add ON seal_checkpoints FOR INSERT TO callshu_worker WITH CHECK (true);
CREATE POLICY operator_read ON seal_checkpoints FOR SELECT TO callshu_operator USING (true);
CREATE POLICY backup ON seal_checkpoints FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT ON seal_checkpoints TO callshu_worker;
GRANT SELECT ON seal_checkpoints TO callshu_operator, callshu_backup;

-- A legal hold keeps an account's log beyond its time.
ALTER TABLE accounts ADD COLUMN legal_hold_at timestamptz, ADD COLUMN legal_hold_reason text NOT NULL DEFAULT '';
GRANT UPDATE (legal_hold_at, legal_hold_reason) ON accounts TO callshu_operator;

-- Which rows of the log were deleted because their time was over: those of a
-- chain's seals up to through_seq. The seals themselves stay.
CREATE TABLE audit_purges (
    chain       uuid NOT NULL,
    through_seq bigint NOT NULL,
    rows        bigint NOT NULL,       -- audit rows deleted, since the purge before it
    before      timestamptz NOT NULL,  -- every one of them, and its seal, was older
    at          timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (chain, through_seq),
    CHECK (before <= at - interval '730 days')
);
CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_purges FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE audit_purges ENABLE ALWAYS TRIGGER keep;
ALTER TABLE audit_purges ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY definer_read ON audit_purges FOR SELECT TO callshu_definer USING (true);
CREATE POLICY definer_add ON audit_purges FOR INSERT TO callshu_definer WITH CHECK (true);
CREATE POLICY worker_read ON audit_purges FOR SELECT TO callshu_worker USING (true);
CREATE POLICY operator_read ON audit_purges FOR SELECT TO callshu_operator USING (true);
CREATE POLICY backup ON audit_purges FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT ON audit_purges TO callshu_definer;
GRANT SELECT ON audit_purges TO callshu_worker, callshu_operator, callshu_backup;

-- +goose StatementBegin
CREATE FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- purge_audit alone runs as callshu_definer, whom nobody can log in as.
    IF TG_OP = 'DELETE' AND current_user = 'callshu_definer' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION keep_audit() FROM PUBLIC;
DROP TRIGGER keep ON audit_events;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION keep_audit();
ALTER TABLE audit_events ENABLE ALWAYS TRIGGER keep;

-- Two years are a wall: of what is younger the database itself shows the
-- function nothing to delete.
CREATE POLICY definer_read ON audit_events FOR SELECT TO callshu_definer USING (true);
CREATE POLICY definer_purge ON audit_events FOR DELETE TO callshu_definer USING (at < now() - interval '730 days');
CREATE POLICY definer_read ON seals FOR SELECT TO callshu_definer USING (true);
GRANT SELECT (id, at), DELETE ON audit_events TO callshu_definer;
GRANT SELECT ON seals TO callshu_definer;

-- purge_audit deletes the rows of the longest run of seals, from where the last
-- purge ended, that are older than `older`, rows and seals both, at most `most`
-- seals. A row that stands behind a younger one waits for it: what is gone is
-- always a prefix. Rows of consent stay, their seals are passed over. It returns
-- how many seals it went on, and how many rows it deleted.
-- +goose StatementBegin
CREATE FUNCTION purge_audit(wanted uuid, older timestamptz, most bigint, OUT passed bigint, OUT gone bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    platform constant uuid := '00000000-0000-0000-0000-000000000000';
    begun bigint;
    ended bigint;
BEGIN
    passed := 0;
    gone := 0;
    IF older IS NULL OR older > now() - interval '730 days' THEN
        RAISE EXCEPTION 'the log is kept for 730 days, up to %', older USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('callshu purge', 0));
    -- The platform's own chain speaks of accounts, so any hold keeps it whole.
    IF EXISTS (SELECT FROM public.accounts a WHERE a.legal_hold_at IS NOT NULL AND (a.id = wanted OR wanted = platform)) THEN
        RETURN;
    END IF;
    SELECT coalesce(max(p.through_seq), 0) INTO begun FROM public.audit_purges p WHERE p.chain = wanted;
    SELECT s.seq - 1 INTO ended FROM public.seals s LEFT JOIN public.audit_events e ON s.source = 'audit' AND e.id = s.row_id
     WHERE s.chain = wanted AND s.seq > begun AND (s.seq > begun + most OR s.sealed_at >= older OR e.at >= older)
     ORDER BY s.seq LIMIT 1;
    IF NOT FOUND THEN
        SELECT coalesce(max(s.seq), begun) INTO ended FROM public.seals s WHERE s.chain = wanted AND s.seq > begun;
    END IF;
    IF ended <= begun THEN
        RETURN;
    END IF;
    DELETE FROM public.audit_events e USING public.seals s
     WHERE s.chain = wanted AND s.seq > begun AND s.seq <= ended AND s.source = 'audit' AND e.id = s.row_id;
    GET DIAGNOSTICS gone = ROW_COUNT;
    INSERT INTO public.audit_purges (chain, through_seq, rows, before) VALUES (wanted, ended, gone, older);
    passed := ended - begun;
END $$;
-- +goose StatementEnd
ALTER FUNCTION purge_audit(uuid, timestamptz, bigint) OWNER TO callshu_definer;
REVOKE EXECUTE ON FUNCTION purge_audit(uuid, timestamptz, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION purge_audit(uuid, timestamptz, bigint) TO callshu_worker;

-- What else is kept for a time only: the worker deletes what is over, and
-- reaches nothing that is not.
CREATE POLICY worker_forget ON sessions FOR SELECT TO callshu_worker USING (coalesce(ended_at, expires_at) < now() - interval '90 days');
CREATE POLICY worker_remove ON sessions FOR DELETE TO callshu_worker USING (coalesce(ended_at, expires_at) < now() - interval '90 days');
CREATE POLICY worker_forget ON email_tokens FOR SELECT TO callshu_worker USING (expires_at < now() - interval '30 days');
CREATE POLICY worker_remove ON email_tokens FOR DELETE TO callshu_worker USING (expires_at < now() - interval '30 days');
CREATE POLICY worker_remove ON mails FOR DELETE TO callshu_worker USING (sent_at < now() - interval '90 days');
GRANT SELECT (ended_at, expires_at), DELETE ON sessions TO callshu_worker;
GRANT SELECT (expires_at), DELETE ON email_tokens TO callshu_worker;
GRANT SELECT (ended_at, expires_at), DELETE ON operator_sessions TO callshu_worker;
GRANT DELETE ON mails TO callshu_worker;

-- +goose Down
REVOKE DELETE ON mails FROM callshu_worker;
REVOKE SELECT (ended_at, expires_at), DELETE ON operator_sessions FROM callshu_worker;
REVOKE SELECT (expires_at), DELETE ON email_tokens FROM callshu_worker;
REVOKE SELECT (ended_at, expires_at), DELETE ON sessions FROM callshu_worker;
DROP POLICY worker_remove ON mails;
DROP POLICY worker_remove ON email_tokens;
DROP POLICY worker_forget ON email_tokens;
DROP POLICY worker_remove ON sessions;
DROP POLICY worker_forget ON sessions;
DROP FUNCTION purge_audit(uuid, timestamptz, bigint);
REVOKE SELECT ON seals FROM callshu_definer;
REVOKE SELECT (id, at), DELETE ON audit_events FROM callshu_definer;
DROP POLICY definer_read ON seals;
DROP POLICY definer_purge ON audit_events;
DROP POLICY definer_read ON audit_events;
DROP TRIGGER keep ON audit_events;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE audit_events ENABLE ALWAYS TRIGGER keep;
DROP FUNCTION keep_audit();
DROP TABLE audit_purges;
REVOKE UPDATE (legal_hold_at, legal_hold_reason) ON accounts FROM callshu_operator;
ALTER TABLE accounts DROP COLUMN legal_hold_at, DROP COLUMN legal_hold_reason;
DROP TABLE seal_checkpoints;
