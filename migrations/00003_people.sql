-- Employees, consent, texts and the gate of each phone: who may be called.

-- +goose Up
CREATE TABLE imports (
    id          uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
    account_id  uuid NOT NULL REFERENCES accounts (id),
    user_id     uuid NOT NULL,
    attestation text NOT NULL,      -- how the numbers were given, in the employer's words
    rows_total  int NOT NULL,
    rows_new    int NOT NULL,
    rows_changed int NOT NULL,
    rows_unchanged int NOT NULL,
    rows_rejected int NOT NULL,
    content_hash bytea NOT NULL,    -- SHA-256 of the file as received
    created_at  timestamptz NOT NULL,
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id)
);

CREATE TABLE employees (
    id           uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
    account_id   uuid NOT NULL REFERENCES accounts (id),
    name         text NOT NULL,
    first_name   text NOT NULL,
    search       text NOT NULL,      -- name folded to ASCII lower case, for prefix search that row-level security lets an index answer
    phone        text NOT NULL,      -- E.164; '' once erased
    phone_key    bytea NOT NULL,     -- keyed hash of the number: survives erasure, so that a STOP does
    country      text NOT NULL CHECK (country IN ('CA', 'US')),
    number_zones text NOT NULL,      -- IANA zones of the number, comma separated
    time_zone    text NOT NULL DEFAULT '',  -- as the employer stated it; '' when it did not
    call_zone    text NOT NULL GENERATED ALWAYS AS (country || '|' || number_zones || '|' || time_zone) STORED,
    language     text NOT NULL CHECK (language IN ('en', 'fr')),
    tags         text[] NOT NULL DEFAULT '{}',
    import_id    uuid,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    deleted_at   timestamptz,
    erased_at    timestamptz,
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, import_id) REFERENCES imports (account_id, id)
);
CREATE UNIQUE INDEX employees_phone ON employees (account_id, phone_key) WHERE deleted_at IS NULL;
CREATE INDEX employees_search ON employees (account_id, search COLLATE "C", id) WHERE deleted_at IS NULL;
CREATE INDEX employees_created ON employees (account_id, created_at, id) WHERE deleted_at IS NULL;
-- No index on tags: array operators are not leakproof, so that under row-level
-- security no tenant's query could use it.
CREATE INDEX employees_by_phone_key ON employees (phone_key);

-- The gate: the one lock and block per phone, across accounts. STOP, the claim,
-- previews and texts take its row before anything else about that phone.
CREATE TABLE phone_gates (
    phone_key  bytea PRIMARY KEY,
    stopped_at timestamptz,          -- "stop all": for the whole platform
    created_at timestamptz NOT NULL DEFAULT now()
);

-- A STOP to one of our numbers closes it for every account that calls from it.
CREATE TABLE sender_blocks (
    phone_key  bytea NOT NULL REFERENCES phone_gates (phone_key),
    sender_id  uuid NOT NULL REFERENCES senders (id),
    source     text NOT NULL,
    blocked_at timestamptz NOT NULL,
    PRIMARY KEY (phone_key, sender_id)
);

-- The ledger: append-only. Consent is derived from it, never set.
CREATE TABLE consent_events (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id      uuid NOT NULL REFERENCES accounts (id),
    phone_key       bytea NOT NULL REFERENCES phone_gates (phone_key),
    employee_id     uuid,
    kind            text NOT NULL CHECK (kind IN ('attested', 'invited', 'delivered', 'undelivered', 'opted_in', 'opted_out', 'not_me', 'help', 'lapsed', 'erased')),
    channel         text NOT NULL CHECK (channel IN ('sms', 'voice', 'web', 'import', 'operator', 'carrier', 'system')),
    at              timestamptz NOT NULL,     -- business time at which we acted on it
    provider_at     timestamptz,              -- the carrier's time, where it tells one
    actor_kind      text NOT NULL,
    actor_id        uuid,
    wording_version text NOT NULL DEFAULT '',
    wording_hash    bytea,                    -- SHA-256 of the exact text sent
    language        text NOT NULL DEFAULT '',
    inbound_text    text NOT NULL DEFAULT '',
    message_sid     text NOT NULL DEFAULT '',
    call_sid        text NOT NULL DEFAULT '',
    sender_id       uuid REFERENCES senders (id),
    detail          jsonb NOT NULL DEFAULT '{}',
    nonce           bytea NOT NULL DEFAULT decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex')
);
CREATE INDEX consent_events_phone ON consent_events (account_id, phone_key, id DESC);

-- The state that the ledger amounts to (no row: none), kept by its trigger alone: no role
-- holds a grant to write it. consent.Apply in Go is the same step function and
-- a property test holds the two together.
CREATE TABLE consents (
    account_id uuid NOT NULL REFERENCES accounts (id),
    phone_key  bytea NOT NULL REFERENCES phone_gates (phone_key),
    state      text NOT NULL CHECK (state IN ('none', 'invited', 'opted_in', 'opted_out', 'lapsed')),
    event_id   bigint NOT NULL,     -- the event that made it so
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, phone_key)
);
CREATE INDEX consents_state ON consents (account_id, state);
CREATE INDEX consents_invited ON consents (changed_at) WHERE state = 'invited';

-- +goose StatementBegin
CREATE FUNCTION apply_consent_event() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    old_state text;
    next_state text;
BEGIN
    -- Events of one phone are ordered by its gate, so that "newest" has a meaning.
    -- NO KEY: whoever merely refers to the phone, as an import does for seconds,
    -- neither waits nor makes a STOP wait.
    PERFORM 1 FROM public.phone_gates g WHERE g.phone_key = NEW.phone_key FOR NO KEY UPDATE;
    SELECT k.state INTO old_state FROM public.consents k
     WHERE k.account_id = NEW.account_id AND k.phone_key = NEW.phone_key;
    old_state := coalesce(old_state, 'none');
    -- I1: an opt-in answers an open invitation, and only an open invitation can
    -- lapse. Anything else is a bug of whoever inserts, and must not be kept as
    -- if it were evidence.
    IF NEW.kind IN ('opted_in', 'lapsed') AND old_state <> 'invited' THEN
        RAISE EXCEPTION '% needs an open invitation, the state is %', NEW.kind, old_state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'consent_step';
    END IF;
    next_state := CASE NEW.kind
        WHEN 'opted_in' THEN 'opted_in'
        WHEN 'opted_out' THEN 'opted_out'
        WHEN 'not_me' THEN 'opted_out'
        WHEN 'lapsed' THEN 'lapsed'
        WHEN 'erased' THEN 'none'
        WHEN 'invited' THEN 'invited' END;
    -- An invitation never lowers an opt-in; erasing keeps a refusal: the number
    -- stays refused also without its person.
    IF (next_state = 'invited' AND old_state = 'opted_in') OR (next_state = 'none' AND old_state = 'opted_out') THEN
        RETURN NULL;
    END IF;
    INSERT INTO public.consents AS k (account_id, phone_key, state, event_id, changed_at)
    VALUES (NEW.account_id, NEW.phone_key, next_state, NEW.id, NEW.at)
    ON CONFLICT (account_id, phone_key) DO UPDATE
        SET state = EXCLUDED.state, event_id = EXCLUDED.event_id, changed_at = EXCLUDED.changed_at;
    RETURN NULL;
END $$;
-- +goose StatementEnd
GRANT SELECT, INSERT, UPDATE ON consents TO callshu_definer;
GRANT SELECT, UPDATE ON phone_gates TO callshu_definer;
ALTER FUNCTION apply_consent_event() OWNER TO callshu_definer;
REVOKE EXECUTE ON FUNCTION apply_consent_event() FROM PUBLIC;
CREATE TRIGGER apply AFTER INSERT ON consent_events FOR EACH ROW
    WHEN (NEW.kind IN ('invited', 'opted_in', 'opted_out', 'not_me', 'lapsed', 'erased')) EXECUTE FUNCTION apply_consent_event();
CREATE TRIGGER seal AFTER INSERT ON consent_events REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION queue_seal('consent');
CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON consent_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE consent_events ENABLE ALWAYS TRIGGER apply, ENABLE ALWAYS TRIGGER seal, ENABLE ALWAYS TRIGGER keep;

-- A tenant may open a gate row (with an import) but neither read nor change one:
-- whether another employer knows a number is nobody's business.
CREATE FUNCTION ensure_gates(keys bytea[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ INSERT INTO public.phone_gates (phone_key) SELECT DISTINCT k FROM unnest(keys) k ORDER BY k ON CONFLICT DO NOTHING $$;
GRANT INSERT ON phone_gates TO callshu_definer;
ALTER FUNCTION ensure_gates(bytea[]) OWNER TO callshu_definer;
REVOKE EXECUTE ON FUNCTION ensure_gates(bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_gates(bytea[]) TO callshu_app, callshu_worker;

-- Texts we send, each claimed and placed like a call.
CREATE TABLE messages (
    id              uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
    account_id      uuid REFERENCES accounts (id),  -- NULL: the platform's own, which names several employers
    employee_id     uuid,
    phone_key       bytea NOT NULL REFERENCES phone_gates (phone_key),
    kind            text NOT NULL CHECK (kind IN ('invitation', 'reminder', 'confirmation', 'stopped', 'help', 'choose', 'page', 'verify_phone')),
    language        text NOT NULL,
    wording_version text NOT NULL DEFAULT '',
    phone           text NOT NULL,            -- emptied by erasure
    body            text NOT NULL,            -- emptied once sent where it carries a code
    body_hash       bytea NOT NULL,
    sender_id       uuid NOT NULL REFERENCES senders (id),
    state           text NOT NULL DEFAULT 'queued'
                    CHECK (state IN ('queued', 'sending', 'unknown', 'accepted', 'sent', 'delivered', 'undelivered', 'failed', 'skipped')),
    rank            int NOT NULL DEFAULT 0,   -- the ladder: a late callback never lowers a state
    place_by        timestamptz,
    message_sid     text UNIQUE,
    error_code      int NOT NULL DEFAULT 0,
    reason          text NOT NULL DEFAULT '', -- why skipped or failed, in words
    due_at          timestamptz NOT NULL,
    created_at      timestamptz NOT NULL,
    sent_at         timestamptz,
    finished_at     timestamptz,
    -- The ledger's newest event when the person texted START: only while it is
    -- still the newest may this invitation pass an opt-out. No tenant can set it.
    asked_after     bigint,
    -- The accounts of a "YES 1 or YES 2" question, in the order of its numbers.
    options         uuid[] NOT NULL DEFAULT '{}',
    tries           int NOT NULL DEFAULT 0,
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, employee_id) REFERENCES employees (account_id, id),
    CONSTRAINT messages_account_check CHECK (account_id IS NOT NULL OR kind = 'choose')
);
CREATE INDEX messages_due ON messages (sender_id, due_at) WHERE state = 'queued';
CREATE INDEX messages_open ON messages (place_by) WHERE state IN ('sending', 'unknown');
CREATE INDEX messages_by_phone ON messages (phone_key, created_at DESC);
-- One invitation at a time, also when two requests ask at once.
CREATE UNIQUE INDEX messages_one_invitation ON messages (account_id, phone_key)
    WHERE kind IN ('invitation', 'reminder') AND state IN ('queued', 'sending', 'unknown');
-- Replies to a person's own text go before a long queue of invitations.
CREATE INDEX messages_replies ON messages (sender_id, due_at)
    WHERE state = 'queued' AND kind NOT IN ('invitation', 'reminder');

-- Texts and keys we receive, once per MessageSid, durable before the carrier is answered.
CREATE TABLE inbound_messages (
    message_sid  text PRIMARY KEY,
    phone_key    bytea NOT NULL REFERENCES phone_gates (phone_key),
    phone        text NOT NULL,
    sender_id    uuid NOT NULL REFERENCES senders (id),
    body         text NOT NULL,
    opt_out_type text NOT NULL DEFAULT '',
    word         text NOT NULL DEFAULT '',    -- how the keyword engine read it
    outcome      text NOT NULL DEFAULT '',
    review       boolean NOT NULL DEFAULT false,
    provider_at  timestamptz,
    received_at  timestamptz NOT NULL
);
CREATE INDEX inbound_messages_phone ON inbound_messages (phone_key, received_at DESC);
-- Which accounts a received text speaks to; rows are what an employer may read.
CREATE TABLE inbound_reads (
    account_id  uuid NOT NULL REFERENCES accounts (id),
    message_sid text NOT NULL REFERENCES inbound_messages (message_sid),
    employee_id uuid,
    body        text NOT NULL,
    word        text NOT NULL,
    review      boolean NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, message_sid)
);

-- The link to a person's own page, sent to their phone by text. Only its hash
-- is kept; it opens everything about one number, and only worker code reads it.
CREATE TABLE person_links (
    key_hash   bytea PRIMARY KEY,
    phone_key  bytea NOT NULL REFERENCES phone_gates (phone_key),
    phone      text NOT NULL,            -- to show it masked; emptied by erasure
    language   text NOT NULL,
    sender_id  uuid NOT NULL REFERENCES senders (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX person_links_phone ON person_links (phone_key);

ALTER TABLE imports ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app ON imports FOR ALL TO callshu_app USING (account_id = (SELECT current_account())) WITH CHECK (account_id = (SELECT current_account()));
CREATE POLICY worker_read ON imports FOR SELECT TO callshu_worker USING (true);
CREATE POLICY backup ON imports FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT ON imports TO callshu_app;
GRANT SELECT ON imports TO callshu_worker, callshu_backup;

ALTER TABLE employees ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app ON employees FOR ALL TO callshu_app USING (account_id = (SELECT current_account())) WITH CHECK (account_id = (SELECT current_account()));
CREATE POLICY worker_read ON employees FOR SELECT TO callshu_worker USING (true);
CREATE POLICY backup ON employees FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT, UPDATE ON employees TO callshu_app;
GRANT SELECT ON employees TO callshu_worker, callshu_backup;

GRANT SELECT, INSERT, UPDATE ON phone_gates TO callshu_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON sender_blocks TO callshu_worker;
GRANT SELECT, INSERT, UPDATE (phone), DELETE ON person_links TO callshu_worker;
GRANT SELECT ON phone_gates, sender_blocks, person_links TO callshu_backup;

ALTER TABLE consent_events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app_read ON consent_events FOR SELECT TO callshu_app USING (account_id = (SELECT current_account()));
-- I1: no employer, API or import can create an opt-in; the database refuses it.
CREATE POLICY app_add ON consent_events FOR INSERT TO callshu_app
    WITH CHECK (account_id = (SELECT current_account()) AND kind IN ('attested', 'erased'));
CREATE POLICY worker_read ON consent_events FOR SELECT TO callshu_worker USING (true);
CREATE POLICY worker_add ON consent_events FOR INSERT TO callshu_worker WITH CHECK (true);
CREATE POLICY backup ON consent_events FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT ON consent_events TO callshu_app, callshu_worker;
GRANT SELECT ON consent_events TO callshu_backup;

ALTER TABLE consents ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app_read ON consents FOR SELECT TO callshu_app USING (account_id = (SELECT current_account()));
CREATE POLICY worker_read ON consents FOR SELECT TO callshu_worker USING (true);
CREATE POLICY worker_lock ON consents FOR UPDATE TO callshu_worker USING (true) WITH CHECK (false);
CREATE POLICY definer ON consents FOR ALL TO callshu_definer USING (true) WITH CHECK (true);
CREATE POLICY backup ON consents FOR SELECT TO callshu_backup USING (true);
GRANT SELECT ON consents TO callshu_app, callshu_backup;
-- UPDATE of one column is what SELECT ... FOR UPDATE asks for; WITH CHECK (false) refuses any real change.
GRANT SELECT, UPDATE (event_id) ON consents TO callshu_worker;

ALTER TABLE messages ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app ON messages FOR SELECT TO callshu_app USING (account_id = (SELECT current_account()));
-- Answers to a person's own words are the platform's to send: an employer asks for consent and proves a phone.
CREATE POLICY app_add ON messages FOR INSERT TO callshu_app
    WITH CHECK (account_id = (SELECT current_account()) AND kind IN ('invitation', 'reminder', 'verify_phone'));
CREATE POLICY worker_read ON messages FOR SELECT TO callshu_worker USING (true);
CREATE POLICY worker_add ON messages FOR INSERT TO callshu_worker WITH CHECK (true);
CREATE POLICY worker_update ON messages FOR UPDATE TO callshu_worker USING (true);
CREATE POLICY backup ON messages FOR SELECT TO callshu_backup USING (true);
GRANT SELECT ON messages TO callshu_app, callshu_backup;
GRANT INSERT (id, account_id, employee_id, phone_key, kind, language, wording_version, phone, body, body_hash, sender_id, due_at, created_at) ON messages TO callshu_app;
GRANT SELECT, INSERT, UPDATE ON messages TO callshu_worker;

GRANT SELECT, INSERT, UPDATE ON inbound_messages TO callshu_worker;
GRANT SELECT ON inbound_messages TO callshu_backup;
ALTER TABLE inbound_reads ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app_read ON inbound_reads FOR SELECT TO callshu_app USING (account_id = (SELECT current_account()));
CREATE POLICY worker_add ON inbound_reads FOR INSERT TO callshu_worker WITH CHECK (true);
CREATE POLICY worker_read ON inbound_reads FOR SELECT TO callshu_worker USING (true);
CREATE POLICY backup ON inbound_reads FOR SELECT TO callshu_backup USING (true);
GRANT SELECT ON inbound_reads TO callshu_app, callshu_backup;
GRANT SELECT, INSERT ON inbound_reads TO callshu_worker;

-- +goose Down
DROP TABLE person_links, inbound_reads, inbound_messages, messages, consents, consent_events, sender_blocks, phone_gates, employees, imports;
DROP FUNCTION ensure_gates(bytea[]);
DROP FUNCTION apply_consent_event();
