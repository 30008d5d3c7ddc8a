-- The people of an account: invited by mail, given a role, and sent away again.
-- Nobody but these functions makes a user or changes a role: an owner joins with
-- an application of their own or by the invitation of an owner, and an account
-- always keeps one. And the legal name of an account, which an operator has
-- checked: another one waits until it has been checked too.

-- +goose Up
CREATE TABLE user_invitations (
    id          uuid NOT NULL PRIMARY KEY,
    account_id  uuid NOT NULL REFERENCES accounts (id),
    email       text NOT NULL,
    name        text NOT NULL,
    role        text NOT NULL CHECK (role IN ('owner', 'member')),
    language    text NOT NULL CHECK (language IN ('en', 'fr')),
    invited_by  uuid NOT NULL,
    token_hash  bytea NOT NULL UNIQUE,  -- of the newest link
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    accepted_at timestamptz,
    revoked_at  timestamptz,
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, invited_by) REFERENCES users (account_id, id)
);
CREATE UNIQUE INDEX user_invitations_open ON user_invitations (account_id, lower(email)) WHERE accepted_at IS NULL AND revoked_at IS NULL;

ALTER TABLE user_invitations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app ON user_invitations FOR ALL TO callshu_app USING (account_id = (SELECT current_account())) WITH CHECK (account_id = (SELECT current_account()));
CREATE POLICY definer_read ON user_invitations FOR SELECT TO callshu_definer USING (true);
CREATE POLICY definer_accept ON user_invitations FOR UPDATE TO callshu_definer USING (account_id = (SELECT current_account()));
CREATE POLICY backup ON user_invitations FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT (id, account_id, email, name, role, language, invited_by, token_hash, created_at, expires_at),
    UPDATE (token_hash, expires_at, revoked_at) ON user_invitations TO callshu_app;
GRANT SELECT, UPDATE (accepted_at) ON user_invitations TO callshu_definer;
GRANT SELECT ON user_invitations TO callshu_backup;

REVOKE INSERT ON users FROM callshu_app;
CREATE POLICY definer_join ON users FOR INSERT TO callshu_definer WITH CHECK (account_id = (SELECT current_account()));
CREATE POLICY definer_change ON users FOR UPDATE TO callshu_definer USING (account_id = (SELECT current_account()) OR email_verified_at IS NULL);
GRANT SELECT (role, email_verified_at, disabled_at), UPDATE (role, email, disabled_at),
    INSERT (id, account_id, name, email, email_verified_at, phone, language, role, password_hash, created_at) ON users TO callshu_definer;

-- The first person of an application is its owner, and there is one first person.
CREATE FUNCTION register_owner(a_id uuid, a_name text, a_email text, a_phone text, a_language text, a_password_hash text, at timestamptz) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ INSERT INTO public.users (id, account_id, name, email, phone, language, role, password_hash, created_at)
          SELECT a_id, a.id, a_name, a_email, a_phone, a_language, 'owner', a_password_hash, at FROM public.accounts a
          WHERE a.id = public.current_account() AND a.status = 'registered' AND NOT EXISTS (SELECT FROM public.users u WHERE u.account_id = a.id)
          RETURNING true $$;

-- Whether somebody has confirmed an address, in whatever account. Only what a
-- letter to this very address says may depend on it.
CREATE FUNCTION address_in_use(wanted_email text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ SELECT EXISTS (SELECT FROM public.users u WHERE lower(u.email) = lower(wanted_email) AND u.email_verified_at IS NOT NULL) $$;

CREATE FUNCTION find_invitation(wanted_hash bytea) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ SELECT i.account_id FROM public.user_invitations i WHERE i.token_hash = wanted_hash $$;

-- join_invited makes the invited person a user with the invitation's role and
-- uses the invitation up; NULL when it is none any more. An application that
-- somebody began with the address and nobody confirmed gives way (true), for
-- the link has proved whose address it is.
-- +goose StatementBegin
CREATE FUNCTION join_invited(wanted_hash bytea, a_id uuid, a_name text, a_language text, a_password_hash text, at timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    invited record;
    replaced boolean;
BEGIN
    UPDATE public.user_invitations i SET accepted_at = at
     WHERE i.token_hash = wanted_hash AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > at
    RETURNING i.account_id, i.email, i.role INTO invited;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    UPDATE public.users u SET email = u.id::text || '@replaced.invalid', disabled_at = at
     WHERE lower(u.email) = lower(invited.email) AND u.email_verified_at IS NULL;
    replaced := FOUND;
    INSERT INTO public.users (id, account_id, name, email, email_verified_at, phone, language, role, password_hash, created_at)
    VALUES (a_id, invited.account_id, a_name, invited.email, at, '', a_language, invited.role, a_password_hash, at);
    RETURN replaced;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION set_user_role(a_id uuid, a_role text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    UPDATE public.users SET role = a_role WHERE id = a_id AND account_id = public.current_account();
    IF NOT EXISTS (SELECT FROM public.users u WHERE u.account_id = public.current_account() AND u.role = 'owner'
                   AND u.disabled_at IS NULL AND u.email_verified_at IS NOT NULL) THEN
        RAISE EXCEPTION 'an account keeps an owner' USING ERRCODE = 'check_violation';
    END IF;
END $$;
-- +goose StatementEnd

-- An account may ask and take back; only an operator decides, and writes the name.
CREATE TABLE account_changes (
    id              uuid NOT NULL PRIMARY KEY,
    account_id      uuid NOT NULL REFERENCES accounts (id),
    legal_name      text NOT NULL CHECK (legal_name <> ''),
    registry_number text NOT NULL CHECK (registry_number <> ''),
    asked_by        uuid NOT NULL,
    asked_at        timestamptz NOT NULL,
    state           text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'approved', 'refused', 'withdrawn')),
    decided_by      uuid REFERENCES operators (id),
    decided_at      timestamptz,
    reason          text NOT NULL DEFAULT '',
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, asked_by) REFERENCES users (account_id, id),
    CHECK ((state IN ('approved', 'refused')) = (decided_by IS NOT NULL))
);
CREATE UNIQUE INDEX account_changes_waiting ON account_changes (account_id) WHERE state = 'waiting';

ALTER TABLE account_changes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app_read ON account_changes FOR SELECT TO callshu_app USING (account_id = (SELECT current_account()));
CREATE POLICY app_ask ON account_changes FOR INSERT TO callshu_app WITH CHECK (account_id = (SELECT current_account()));
CREATE POLICY app_withdraw ON account_changes FOR UPDATE TO callshu_app
    USING (account_id = (SELECT current_account()) AND state = 'waiting') WITH CHECK (account_id = (SELECT current_account()) AND state = 'withdrawn');
CREATE POLICY operator_read ON account_changes FOR SELECT TO callshu_operator USING (true);
CREATE POLICY operator_decide ON account_changes FOR UPDATE TO callshu_operator USING (state = 'waiting') WITH CHECK (state IN ('approved', 'refused'));
CREATE POLICY backup ON account_changes FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT (id, account_id, legal_name, registry_number, asked_by, asked_at), UPDATE (state, decided_at) ON account_changes TO callshu_app;
GRANT SELECT, UPDATE (state, decided_by, decided_at, reason) ON account_changes TO callshu_operator;
GRANT SELECT ON account_changes TO callshu_backup;
GRANT UPDATE (legal_name, registry_number) ON accounts TO callshu_operator;

ALTER FUNCTION register_owner(uuid, text, text, text, text, text, timestamptz) OWNER TO callshu_definer;
ALTER FUNCTION address_in_use(text) OWNER TO callshu_definer;
ALTER FUNCTION find_invitation(bytea) OWNER TO callshu_definer;
ALTER FUNCTION join_invited(bytea, uuid, text, text, text, timestamptz) OWNER TO callshu_definer;
ALTER FUNCTION set_user_role(uuid, text) OWNER TO callshu_definer;
REVOKE EXECUTE ON FUNCTION register_owner(uuid, text, text, text, text, text, timestamptz), address_in_use(text), find_invitation(bytea),
    join_invited(bytea, uuid, text, text, text, timestamptz), set_user_role(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION register_owner(uuid, text, text, text, text, text, timestamptz), address_in_use(text), find_invitation(bytea),
    join_invited(bytea, uuid, text, text, text, timestamptz), set_user_role(uuid, text) TO callshu_app;

-- +goose Down
REVOKE UPDATE (legal_name, registry_number) ON accounts FROM callshu_operator;
DROP TABLE account_changes;
DROP FUNCTION set_user_role(uuid, text);
DROP FUNCTION join_invited(bytea, uuid, text, text, text, timestamptz);
DROP FUNCTION find_invitation(bytea);
DROP FUNCTION address_in_use(text);
DROP FUNCTION register_owner(uuid, text, text, text, text, text, timestamptz);
REVOKE SELECT (role, email_verified_at, disabled_at), UPDATE (role, email, disabled_at),
    INSERT (id, account_id, name, email, email_verified_at, phone, language, role, password_hash, created_at) ON users FROM callshu_definer;
DROP POLICY definer_change ON users;
DROP POLICY definer_join ON users;
GRANT INSERT (id, account_id, name, email, phone, language, password_hash, created_at) ON users TO callshu_app;
DROP TABLE user_invitations;
