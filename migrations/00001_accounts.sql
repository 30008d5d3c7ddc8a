-- Accounts, users, sessions, operators, senders: who may act.
--
-- Row-level security: callshu_app sees rows of current_account() only;
-- callshu_worker, callshu_operator and callshu_backup have one policy per
-- table and command, each on the allow-list that a catalogue test checks.
-- What an employer must never decide (status, approval, sender, role) is a
-- column that callshu_app holds no grant for.

-- +goose Up
CREATE FUNCTION current_account() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    -- After a transaction the setting is '' rather than NULL, hence nullif.
    AS $$ SELECT nullif(current_setting('app.account_id', true), '')::uuid $$;

-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
-- +goose StatementEnd

CREATE TABLE senders (
    id                     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    number                 text NOT NULL UNIQUE CHECK (number ~ '^\+[1-9][0-9]{7,14}$'),
    messaging_service_sid  text,
    active                 boolean NOT NULL DEFAULT true,
    created_at             timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE operators (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email          text NOT NULL,
    name           text NOT NULL,
    team           text NOT NULL CHECK (team IN ('support', 'security', 'development')),
    password_hash  text NOT NULL,
    totp_secret    bytea NOT NULL,             -- sealed with the data key, bound to the row's id
    totp_last_step bigint NOT NULL DEFAULT 0,  -- a code is accepted once
    token_version  int NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL DEFAULT now(),
    disabled_at    timestamptz
);
CREATE UNIQUE INDEX operators_email ON operators (lower(email));

CREATE TABLE operator_sessions (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    operator_id  uuid NOT NULL REFERENCES operators (id),
    ip           text NOT NULL,
    user_agent   text NOT NULL,
    created_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz
);

CREATE TABLE accounts (
    id                  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    legal_name          text NOT NULL,
    spoken_name         text NOT NULL,
    registry_number     text NOT NULL,
    country             text NOT NULL CHECK (country IN ('CA', 'US')),
    province            text NOT NULL,
    website             text NOT NULL,
    employee_count      int NOT NULL CHECK (employee_count > 0),
    use_case            text NOT NULL,
    callback_number     text NOT NULL,
    contact_address     text NOT NULL,
    attestation_version text NOT NULL,
    attested_at         timestamptz NOT NULL,
    attested_ip         text NOT NULL,
    time_zone           text NOT NULL,
    status              text NOT NULL DEFAULT 'registered'
                        CHECK (status IN ('registered', 'pending_review', 'active', 'rejected', 'suspended')),
    status_reason       text NOT NULL DEFAULT '',
    status_changed_at   timestamptz,
    applied_at          timestamptz,
    approved_by         uuid REFERENCES operators (id),
    approved_at         timestamptz,
    sender_id           uuid REFERENCES senders (id),
    monthly_limit       int NOT NULL DEFAULT 20 CHECK (monthly_limit BETWEEN 1 AND 99),
    daily_quota         int NOT NULL DEFAULT 20000 CHECK (daily_quota >= 0),
    created_at          timestamptz NOT NULL,
    -- C30: nobody is active whom no operator approved, and nobody rings without a number.
    CHECK (status <> 'active' OR (approved_by IS NOT NULL AND sender_id IS NOT NULL))
);

CREATE TABLE users (
    id                uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
    account_id        uuid NOT NULL REFERENCES accounts (id),
    name              text NOT NULL,
    email             text NOT NULL,
    email_verified_at timestamptz,
    phone             text NOT NULL DEFAULT '',
    phone_verified_at timestamptz,
    language          text NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'fr')),
    role              text NOT NULL DEFAULT 'owner' CHECK (role IN ('owner', 'member')),
    password_hash     text NOT NULL,
    token_version     int NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL,
    disabled_at       timestamptz,
    UNIQUE (account_id, id)
);
CREATE UNIQUE INDEX users_email ON users (lower(email));

CREATE TABLE sessions (
    id           uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
    account_id   uuid NOT NULL,
    user_id      uuid NOT NULL,
    ip           text NOT NULL,
    user_agent   text NOT NULL,
    created_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id)
);
CREATE INDEX sessions_user ON sessions (account_id, user_id, created_at DESC);

-- Single-use secrets sent by mail; only their hash is kept.
CREATE TABLE email_tokens (
    token_hash bytea PRIMARY KEY,
    account_id uuid NOT NULL,
    user_id    uuid NOT NULL,
    purpose    text NOT NULL CHECK (purpose IN ('verify_email', 'reset_password')),
    email      text NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    created_at timestamptz NOT NULL,
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id)
);
CREATE INDEX email_tokens_user ON email_tokens (account_id, user_id);

-- One open code per user; proves that the phone of a preview is the user's own.
CREATE TABLE phone_codes (
    account_id uuid NOT NULL,
    user_id    uuid NOT NULL,
    phone      text NOT NULL,
    code_hash  bytea NOT NULL,
    attempts   int NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, user_id),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id)
);

-- The exact sliding log of auth and preview limits, shared by replicas.
CREATE TABLE rate_hits (
    bucket text NOT NULL,
    key    text NOT NULL,
    at     timestamptz NOT NULL
);
CREATE INDEX rate_hits_key ON rate_hits (bucket, key, at);
CREATE INDEX rate_hits_at ON rate_hits (at);

-- One row: what an operator set for the whole platform.
CREATE TABLE platform (
    only_row           boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    dialling_paused_at timestamptz,
    pause_reason       text NOT NULL DEFAULT ''
);
INSERT INTO platform DEFAULT VALUES;

-- Look-ups before an account is known. Each returns the least that its caller needs.
CREATE FUNCTION find_login(wanted_email text)
    RETURNS TABLE (account_id uuid, user_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ SELECT u.account_id, u.id FROM public.users u WHERE lower(u.email) = lower(wanted_email) $$;

CREATE FUNCTION find_email_token(wanted_hash bytea)
    RETURNS TABLE (account_id uuid, user_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ SELECT t.account_id, t.user_id FROM public.email_tokens t WHERE t.token_hash = wanted_hash $$;

-- take_rate admits at most wanted_limit hits of one key in any span of
-- wanted_window, exactly, also for parallel callers and several replicas. It
-- returns 0 when admitted, else the seconds until the next one would be. Hits
-- are not kept longer than any limit looks back.
-- +goose StatementBegin
CREATE FUNCTION take_rate(wanted_bucket text, wanted_key text, wanted_limit int, wanted_window interval, wanted_now timestamptz)
    RETURNS double precision
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    hits int;
    oldest timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(wanted_bucket || E'\x1f' || wanted_key, 0));
    DELETE FROM public.rate_hits r
     WHERE r.bucket = wanted_bucket AND r.key = wanted_key AND r.at <= wanted_now - wanted_window;
    -- No window is longer than a day. Rows that somebody else holds are left to
    -- the next one, so that nobody waits for this.
    DELETE FROM public.rate_hits r WHERE r.ctid IN (
        SELECT s.ctid FROM public.rate_hits s WHERE s.at < wanted_now - interval '25 hours'
         ORDER BY s.at LIMIT 20 FOR UPDATE SKIP LOCKED);
    SELECT count(*), min(r.at) INTO hits, oldest FROM public.rate_hits r
     WHERE r.bucket = wanted_bucket AND r.key = wanted_key;
    IF hits >= wanted_limit THEN
        RETURN greatest(0.001, extract(epoch FROM oldest + wanted_window - wanted_now));
    END IF;
    INSERT INTO public.rate_hits (bucket, key, at) VALUES (wanted_bucket, wanted_key, wanted_now);
    RETURN 0;
END $$;
-- +goose StatementEnd

ALTER TABLE accounts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app ON accounts FOR ALL TO callshu_app USING (id = (SELECT current_account())) WITH CHECK (id = (SELECT current_account()));
CREATE POLICY worker_read ON accounts FOR SELECT TO callshu_worker USING (true);
CREATE POLICY operator_read ON accounts FOR SELECT TO callshu_operator USING (true);
CREATE POLICY operator_update ON accounts FOR UPDATE TO callshu_operator USING (true);
CREATE POLICY backup ON accounts FOR SELECT TO callshu_backup USING (true);
GRANT SELECT ON accounts TO callshu_app, callshu_worker, callshu_operator, callshu_backup;
GRANT INSERT (id, legal_name, spoken_name, registry_number, country, province, website, employee_count, use_case,
              callback_number, contact_address, attestation_version, attested_at, attested_ip, time_zone, created_at)
    ON accounts TO callshu_app;
GRANT UPDATE (website, callback_number, contact_address, time_zone) ON accounts TO callshu_app;
GRANT UPDATE (status, status_reason, status_changed_at, approved_by, approved_at, sender_id, monthly_limit, daily_quota)
    ON accounts TO callshu_operator;

-- The one step of its own status an applicant can cause: a verified address makes it an application.
CREATE FUNCTION submit_application(at timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ UPDATE public.accounts SET status = 'pending_review', applied_at = at, status_changed_at = at
          WHERE id = public.current_account() AND status = 'registered' $$;
-- Until the address is confirmed nothing of an application is anybody's word:
-- the newest one stands, whole. Afterwards only its people may change it.
CREATE FUNCTION replace_application(a_legal_name text, a_spoken_name text, a_registry_number text, a_country text, a_province text,
        a_website text, a_employee_count int, a_use_case text, a_callback_number text, a_contact_address text,
        a_attestation_version text, a_attested_at timestamptz, a_attested_ip text, a_time_zone text) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ UPDATE public.accounts SET legal_name = a_legal_name, spoken_name = a_spoken_name, registry_number = a_registry_number,
              country = a_country, province = a_province, website = a_website, employee_count = a_employee_count, use_case = a_use_case,
              callback_number = a_callback_number, contact_address = a_contact_address, attestation_version = a_attestation_version,
              attested_at = a_attested_at, attested_ip = a_attested_ip, time_zone = a_time_zone
          WHERE id = public.current_account() AND status = 'registered' RETURNING true $$;
CREATE POLICY definer_read ON accounts FOR SELECT TO callshu_definer USING (true);
CREATE POLICY definer_replace ON accounts FOR UPDATE TO callshu_definer USING (status = 'registered') WITH CHECK (status = 'registered');
CREATE POLICY definer_submit ON accounts FOR UPDATE TO callshu_definer USING (status = 'registered') WITH CHECK (status = 'pending_review');
GRANT SELECT, UPDATE (status, applied_at, status_changed_at, legal_name, spoken_name, registry_number, country, province, website, employee_count,
                      use_case, callback_number, contact_address, attestation_version, attested_at, attested_ip, time_zone)
    ON accounts TO callshu_definer;

ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app ON users FOR ALL TO callshu_app USING (account_id = (SELECT current_account())) WITH CHECK (account_id = (SELECT current_account()));
CREATE POLICY worker_read ON users FOR SELECT TO callshu_worker USING (true);
CREATE POLICY operator_read ON users FOR SELECT TO callshu_operator USING (true);
CREATE POLICY operator_update ON users FOR UPDATE TO callshu_operator USING (true);
CREATE POLICY definer_read ON users FOR SELECT TO callshu_definer USING (true);
CREATE POLICY backup ON users FOR SELECT TO callshu_backup USING (true);
GRANT SELECT ON users TO callshu_app, callshu_backup;
GRANT INSERT (id, account_id, name, email, phone, language, password_hash, created_at) ON users TO callshu_app;
GRANT UPDATE (name, email, email_verified_at, phone, phone_verified_at, language, password_hash, token_version, disabled_at) ON users TO callshu_app;
GRANT SELECT (id, account_id, name, email, language, phone, phone_verified_at, disabled_at) ON users TO callshu_worker;
GRANT SELECT (id, account_id, name, email, email_verified_at, phone, phone_verified_at, language, role, token_version, created_at, disabled_at) ON users TO callshu_operator;
GRANT UPDATE (token_version) ON users TO callshu_operator;
GRANT SELECT (id, account_id, email) ON users TO callshu_definer;

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app ON sessions FOR ALL TO callshu_app USING (account_id = (SELECT current_account())) WITH CHECK (account_id = (SELECT current_account()));
CREATE POLICY operator_read ON sessions FOR SELECT TO callshu_operator USING (true);
CREATE POLICY operator_update ON sessions FOR UPDATE TO callshu_operator USING (true);
CREATE POLICY backup ON sessions FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT, UPDATE (last_seen_at, ended_at) ON sessions TO callshu_app;
GRANT SELECT, UPDATE (ended_at) ON sessions TO callshu_operator;
GRANT SELECT ON sessions TO callshu_backup;

ALTER TABLE email_tokens ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app ON email_tokens FOR ALL TO callshu_app USING (account_id = (SELECT current_account())) WITH CHECK (account_id = (SELECT current_account()));
CREATE POLICY definer_read ON email_tokens FOR SELECT TO callshu_definer USING (true);
CREATE POLICY backup ON email_tokens FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT, UPDATE (used_at) ON email_tokens TO callshu_app;
GRANT SELECT (token_hash, account_id, user_id) ON email_tokens TO callshu_definer;
GRANT SELECT ON email_tokens TO callshu_backup;

ALTER TABLE phone_codes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app ON phone_codes FOR ALL TO callshu_app USING (account_id = (SELECT current_account())) WITH CHECK (account_id = (SELECT current_account()));
CREATE POLICY backup ON phone_codes FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON phone_codes TO callshu_app;
GRANT SELECT ON phone_codes TO callshu_backup;

-- Platform tables: no account owns their rows, so no tenant policy; grants alone decide.
GRANT SELECT ON senders TO callshu_app, callshu_worker, callshu_operator, callshu_backup;
GRANT INSERT, UPDATE (messaging_service_sid, active) ON senders TO callshu_worker;
GRANT SELECT, INSERT ON operators TO callshu_operator;
GRANT UPDATE (password_hash, totp_last_step, token_version) ON operators TO callshu_operator;
GRANT SELECT, INSERT, UPDATE (last_seen_at, ended_at) ON operator_sessions TO callshu_operator;
GRANT SELECT ON operators, operator_sessions, rate_hits TO callshu_backup;
GRANT SELECT ON platform TO callshu_worker, callshu_operator, callshu_backup;
GRANT UPDATE (dialling_paused_at, pause_reason) ON platform TO callshu_operator;
-- UPDATE is what SELECT ... FOR UPDATE SKIP LOCKED asks for; no hit is ever changed.
GRANT SELECT, INSERT, UPDATE (at), DELETE ON rate_hits TO callshu_definer;

ALTER FUNCTION find_login(text) OWNER TO callshu_definer;
ALTER FUNCTION find_email_token(bytea) OWNER TO callshu_definer;
ALTER FUNCTION take_rate(text, text, int, interval, timestamptz) OWNER TO callshu_definer;
ALTER FUNCTION submit_application(timestamptz) OWNER TO callshu_definer;
ALTER FUNCTION replace_application(text, text, text, text, text, text, int, text, text, text, text, timestamptz, text, text) OWNER TO callshu_definer;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
GRANT EXECUTE ON FUNCTION current_account() TO callshu_app, callshu_worker, callshu_operator, callshu_definer, callshu_backup;
GRANT EXECUTE ON FUNCTION find_login(text), find_email_token(bytea), submit_application(timestamptz),
    replace_application(text, text, text, text, text, text, int, text, text, text, text, timestamptz, text, text) TO callshu_app;
GRANT EXECUTE ON FUNCTION take_rate(text, text, int, interval, timestamptz) TO callshu_app, callshu_operator, callshu_worker;

-- +goose Down
DROP FUNCTION replace_application(text, text, text, text, text, text, int, text, text, text, text, timestamptz, text, text);
DROP FUNCTION submit_application(timestamptz);
DROP FUNCTION take_rate(text, text, int, interval, timestamptz);
DROP FUNCTION find_email_token(bytea);
DROP FUNCTION find_login(text);
DROP TABLE platform, rate_hits, phone_codes, email_tokens, sessions, users, accounts, operator_sessions, operators, senders;
DROP FUNCTION refuse_change();
DROP FUNCTION current_account();
