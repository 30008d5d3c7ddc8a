-- The second factor of users: one-time codes of an authenticator app, recovery
-- codes for the day the phone is lost, and the browsers that need no code for a
-- while. And what a person has to do with their password or address.

-- +goose Up
ALTER TABLE users
    ADD COLUMN must_reset     boolean NOT NULL DEFAULT false,  -- an operator asked for a new password
    ADD COLUMN password_short boolean NOT NULL DEFAULT false;  -- shorter than one alone may be; a hash does not tell
GRANT UPDATE (must_reset, password_short) ON users TO callshu_app;
GRANT UPDATE (must_reset) ON users TO callshu_operator;

-- Of operators, by the command line alone.
GRANT UPDATE (disabled_at, totp_secret) ON operators TO callshu_operator;

-- A link to an address that is not the user's yet.
ALTER TABLE email_tokens DROP CONSTRAINT email_tokens_purpose_check,
    ADD CONSTRAINT email_tokens_purpose_check CHECK (purpose IN ('verify_email', 'reset_password', 'change_email'));

CREATE TABLE user_totp (
    account_id   uuid NOT NULL,
    user_id      uuid NOT NULL,
    secret       bytea NOT NULL,             -- sealed with the data key, bound to the user's id
    created_at   timestamptz NOT NULL,
    confirmed_at timestamptz,                -- until then it is a set-up that nobody finished
    last_step    bigint NOT NULL DEFAULT 0,  -- a code is accepted once
    PRIMARY KEY (account_id, user_id),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id)
);

CREATE TABLE recovery_codes (
    account_id uuid NOT NULL,
    user_id    uuid NOT NULL,
    code_hash  bytea NOT NULL,
    created_at timestamptz NOT NULL,
    used_at    timestamptz,
    PRIMARY KEY (account_id, user_id, code_hash),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id)
);

CREATE TABLE remembered_devices (
    id           uuid NOT NULL PRIMARY KEY,
    account_id   uuid NOT NULL,
    user_id      uuid NOT NULL,
    token_hash   bytea NOT NULL,
    ip           text NOT NULL,
    user_agent   text NOT NULL,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz,
    UNIQUE (account_id, id),
    UNIQUE (account_id, user_id, token_hash),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id)
);

ALTER TABLE user_totp ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app ON user_totp FOR ALL TO callshu_app USING (account_id = (SELECT current_account())) WITH CHECK (account_id = (SELECT current_account()));
CREATE POLICY backup ON user_totp FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT, UPDATE (confirmed_at, last_step), DELETE ON user_totp TO callshu_app;
GRANT SELECT ON user_totp TO callshu_backup;

ALTER TABLE recovery_codes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app ON recovery_codes FOR ALL TO callshu_app USING (account_id = (SELECT current_account())) WITH CHECK (account_id = (SELECT current_account()));
CREATE POLICY backup ON recovery_codes FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT, UPDATE (used_at), DELETE ON recovery_codes TO callshu_app;
GRANT SELECT ON recovery_codes TO callshu_backup;

ALTER TABLE remembered_devices ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app ON remembered_devices FOR ALL TO callshu_app USING (account_id = (SELECT current_account())) WITH CHECK (account_id = (SELECT current_account()));
CREATE POLICY operator_read ON remembered_devices FOR SELECT TO callshu_operator USING (true);
CREATE POLICY operator_revoke ON remembered_devices FOR UPDATE TO callshu_operator USING (true);
CREATE POLICY worker_read ON remembered_devices FOR SELECT TO callshu_worker USING (expires_at < now() - interval '30 days');
CREATE POLICY worker_forget ON remembered_devices FOR DELETE TO callshu_worker USING (expires_at < now() - interval '30 days');
CREATE POLICY backup ON remembered_devices FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT, UPDATE (last_used_at, revoked_at) ON remembered_devices TO callshu_app;
GRANT SELECT (account_id, revoked_at), UPDATE (revoked_at) ON remembered_devices TO callshu_operator;
GRANT SELECT (expires_at), DELETE ON remembered_devices TO callshu_worker;
GRANT SELECT ON remembered_devices TO callshu_backup;

-- +goose Down
REVOKE UPDATE (disabled_at, totp_secret) ON operators FROM callshu_operator;
DROP TABLE remembered_devices, recovery_codes, user_totp;
ALTER TABLE email_tokens NO FORCE ROW LEVEL SECURITY;
DELETE FROM email_tokens WHERE purpose = 'change_email';
ALTER TABLE email_tokens FORCE ROW LEVEL SECURITY;
ALTER TABLE email_tokens DROP CONSTRAINT email_tokens_purpose_check,
    ADD CONSTRAINT email_tokens_purpose_check CHECK (purpose IN ('verify_email', 'reset_password'));
ALTER TABLE users DROP COLUMN password_short, DROP COLUMN must_reset;
