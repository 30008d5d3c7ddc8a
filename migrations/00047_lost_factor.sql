-- Who has lost the phone and the recovery codes asks somebody who knows them: an
-- owner for a member, Callshu for an owner. After a day, in which everybody
-- concerned has been told and any right code takes it back, the next sign-in goes
-- without the codes, and to a new password by mail.

-- +goose Up
ALTER TABLE users ADD COLUMN factor_reset_at timestamptz; -- from when on; null: nobody asked
GRANT UPDATE (factor_reset_at) ON users TO callshu_app, callshu_operator;
GRANT SELECT (factor_reset_at) ON users TO callshu_operator;

-- Whether somebody has a second factor at all; never its secret.
CREATE POLICY operator_read ON user_totp FOR SELECT TO callshu_operator USING (confirmed_at IS NOT NULL);
GRANT SELECT (account_id, user_id, confirmed_at) ON user_totp TO callshu_operator;

-- +goose Down
REVOKE SELECT (account_id, user_id, confirmed_at) ON user_totp FROM callshu_operator;
DROP POLICY operator_read ON user_totp;
ALTER TABLE users DROP COLUMN factor_reset_at;
