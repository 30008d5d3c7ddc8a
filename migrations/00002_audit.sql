-- The audit log and its seals.
--
-- An act inserts a plain row in its own transaction. A trigger queues the row;
-- the sealer (every second) moves it from the queue into an insert-only chain
-- per account. A seal covers a commitment SHA-256(nonce || payload), so that
-- erasing a payload and its nonce later leaves the chain verifiable.

-- +goose Up
CREATE TABLE audit_events (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id   uuid REFERENCES accounts (id),  -- NULL: the platform's own
    at           timestamptz NOT NULL,
    actor_kind   text NOT NULL CHECK (actor_kind IN ('user', 'operator', 'employee', 'carrier', 'system', 'anonymous')),
    actor_id     uuid,
    actor_name   text NOT NULL DEFAULT '',
    action       text NOT NULL CHECK (action ~ '^[a-z_]+\.[a-z_]+$'),
    subject_kind text NOT NULL DEFAULT '',
    subject_id   text NOT NULL DEFAULT '',
    ip           text NOT NULL DEFAULT '',
    request_id   text NOT NULL DEFAULT '',
    detail       jsonb NOT NULL DEFAULT '{}',
    nonce        bytea NOT NULL DEFAULT decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex')
);
CREATE INDEX audit_events_account ON audit_events (account_id, id DESC);

CREATE TABLE seal_queue (
    source     text NOT NULL CHECK (source IN ('audit', 'consent')),
    row_id     bigint NOT NULL,
    account_id uuid,
    PRIMARY KEY (source, row_id)
);

CREATE TABLE seals (
    chain      uuid NOT NULL,          -- the account; the zero uuid is the platform's chain
    seq        bigint NOT NULL,        -- from 1, without gaps
    source     text NOT NULL,
    row_id     bigint NOT NULL,
    commitment bytea NOT NULL,
    prev       bytea NOT NULL,
    hash       bytea NOT NULL,
    sealed_at  timestamptz NOT NULL,
    PRIMARY KEY (chain, seq),
    UNIQUE (source, row_id)
);

-- +goose StatementBegin
CREATE FUNCTION queue_seal() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    INSERT INTO public.seal_queue (source, row_id, account_id) SELECT TG_ARGV[0], a.id, a.account_id FROM added a;
    RETURN NULL;
END $$;
-- +goose StatementEnd
GRANT INSERT ON seal_queue TO callshu_definer;
ALTER FUNCTION queue_seal() OWNER TO callshu_definer;
REVOKE EXECUTE ON FUNCTION queue_seal() FROM PUBLIC;

CREATE TRIGGER seal AFTER INSERT ON audit_events REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION queue_seal('audit');
CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON seals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE audit_events ENABLE ALWAYS TRIGGER seal, ENABLE ALWAYS TRIGGER keep;
ALTER TABLE seals ENABLE ALWAYS TRIGGER keep;

ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app_read ON audit_events FOR SELECT TO callshu_app USING (account_id = (SELECT current_account()));
CREATE POLICY app_add ON audit_events FOR INSERT TO callshu_app WITH CHECK (account_id = (SELECT current_account()));
CREATE POLICY worker_read ON audit_events FOR SELECT TO callshu_worker USING (true);
CREATE POLICY worker_add ON audit_events FOR INSERT TO callshu_worker WITH CHECK (true);
CREATE POLICY operator_read ON audit_events FOR SELECT TO callshu_operator USING (true);
CREATE POLICY operator_add ON audit_events FOR INSERT TO callshu_operator WITH CHECK (true);
CREATE POLICY backup ON audit_events FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT ON audit_events TO callshu_app, callshu_worker, callshu_operator;
GRANT SELECT ON audit_events TO callshu_backup;

ALTER TABLE seals ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app_read ON seals FOR SELECT TO callshu_app USING (chain = (SELECT current_account()));
CREATE POLICY worker_read ON seals FOR SELECT TO callshu_worker USING (true);
CREATE POLICY worker_add ON seals FOR INSERT TO callshu_worker WITH CHECK (true);
CREATE POLICY operator_read ON seals FOR SELECT TO callshu_operator USING (true);
CREATE POLICY backup ON seals FOR SELECT TO callshu_backup USING (true);
GRANT SELECT ON seals TO callshu_app, callshu_operator, callshu_backup;
GRANT SELECT, INSERT ON seals TO callshu_worker;

ALTER TABLE seal_queue ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY definer_add ON seal_queue FOR INSERT TO callshu_definer WITH CHECK (true);
CREATE POLICY worker_read ON seal_queue FOR SELECT TO callshu_worker USING (true);
CREATE POLICY worker_remove ON seal_queue FOR DELETE TO callshu_worker USING (true);
CREATE POLICY worker_lock ON seal_queue FOR UPDATE TO callshu_worker USING (true);
CREATE POLICY operator_read ON seal_queue FOR SELECT TO callshu_operator USING (true);
CREATE POLICY backup ON seal_queue FOR SELECT TO callshu_backup USING (true);
-- UPDATE is what SELECT ... FOR UPDATE asks for; no row of the queue is ever changed.
GRANT SELECT, DELETE, UPDATE ON seal_queue TO callshu_worker;
GRANT SELECT ON seal_queue TO callshu_operator, callshu_backup;

-- Mail leaves through an outbox row, inserted with the act that causes it.
CREATE TABLE mails (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id uuid REFERENCES accounts (id),
    template   text NOT NULL,
    recipient  text NOT NULL,
    language   text NOT NULL DEFAULT 'en',
    data       jsonb NOT NULL,   -- emptied once sent: it may hold a link that opens an account
    attempts   int NOT NULL DEFAULT 0,
    last_error text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    sent_at    timestamptz
);
ALTER TABLE mails ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app_add ON mails FOR INSERT TO callshu_app WITH CHECK (account_id = (SELECT current_account()));
CREATE POLICY worker_read ON mails FOR SELECT TO callshu_worker USING (true);
CREATE POLICY worker_add ON mails FOR INSERT TO callshu_worker WITH CHECK (true);
CREATE POLICY worker_update ON mails FOR UPDATE TO callshu_worker USING (true);
CREATE POLICY operator_add ON mails FOR INSERT TO callshu_operator WITH CHECK (true);
CREATE POLICY operator_read ON mails FOR SELECT TO callshu_operator USING (true);
CREATE POLICY backup ON mails FOR SELECT TO callshu_backup USING (true);
GRANT INSERT ON mails TO callshu_app, callshu_worker, callshu_operator;
GRANT SELECT, UPDATE (data, attempts, last_error, sent_at) ON mails TO callshu_worker;
GRANT SELECT (id, account_id, template, recipient, attempts, last_error, created_at, sent_at) ON mails TO callshu_operator;
GRANT SELECT ON mails TO callshu_backup;

-- +goose Down
DROP TABLE mails, seals, seal_queue, audit_events;
DROP FUNCTION queue_seal();
