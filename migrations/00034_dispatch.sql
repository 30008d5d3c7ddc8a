-- What a claim costs: it holds nothing that others need but its turn, and does
-- not count an account's whole day each time.

-- +goose Up
-- Claims take turns by a row of their own; 'carrier' holds the slots, which are
-- taken in an instant.
INSERT INTO pace (key) VALUES ('claim');

-- Campaign calls of an account in the last 24 hours, as a claim last counted
-- them and has added to since: never fewer than there are.
CREATE TABLE daily_calls (
    account_id uuid NOT NULL PRIMARY KEY REFERENCES accounts (id),
    counted_at timestamptz NOT NULL,  -- business time
    calls      bigint NOT NULL
);
ALTER TABLE daily_calls ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY worker_read ON daily_calls FOR SELECT TO callshu_worker USING (true);
CREATE POLICY worker_add ON daily_calls FOR INSERT TO callshu_worker WITH CHECK (true);
CREATE POLICY worker_update ON daily_calls FOR UPDATE TO callshu_worker USING (true);
CREATE POLICY backup ON daily_calls FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT, UPDATE (counted_at, calls) ON daily_calls TO callshu_worker;
GRANT SELECT ON daily_calls TO callshu_backup;

-- A foreign key is checked row by row, and locks each row it refers to: of a
-- launch of 100,000 people that was half of the time, of a claim more than
-- that. What a statement adds is checked here as a whole instead, and more of
-- it: a dialling belongs to its recipient's campaign and phone, not just to
-- rows that exist, and nobody is to be called without a consent (and so a gate)
-- to look at. Nobody may change the references afterwards, and the rows
-- they point to are never deleted. EXECUTE: the plan for one row is not the one
-- for 100,000.
ALTER TABLE recipients
    DROP CONSTRAINT recipients_phone_key_fkey,
    DROP CONSTRAINT recipients_account_id_campaign_id_fkey,
    DROP CONSTRAINT recipients_account_id_employee_id_fkey;
ALTER TABLE attempts
    DROP CONSTRAINT attempts_account_id_fkey,
    DROP CONSTRAINT attempts_phone_key_fkey,
    DROP CONSTRAINT attempts_sender_id_fkey,
    DROP CONSTRAINT attempts_account_id_campaign_id_fkey,
    DROP CONSTRAINT attempts_account_id_recipient_id_fkey,
    DROP CONSTRAINT attempts_account_id_user_id_fkey;

-- +goose StatementBegin
CREATE FUNCTION check_recipients() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong boolean;
BEGIN
    EXECUTE 'SELECT EXISTS (SELECT FROM added n
            LEFT JOIN public.employees e ON e.id = n.employee_id AND e.account_id = n.account_id AND e.phone_key = n.phone_key WHERE e.id IS NULL)
        OR EXISTS (SELECT FROM (SELECT DISTINCT account_id, campaign_id FROM added) n
            LEFT JOIN public.campaigns c ON c.id = n.campaign_id AND c.account_id = n.account_id WHERE c.id IS NULL)
        OR EXISTS (SELECT FROM added n
            LEFT JOIN public.consents k ON k.account_id = n.account_id AND k.phone_key = n.phone_key WHERE n.state = ''pending'' AND k.phone_key IS NULL)' INTO wrong;
    IF wrong THEN
        RAISE EXCEPTION 'a recipient refers to no employee or campaign of its account, or to no consent' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER refers AFTER INSERT ON recipients REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_recipients();

-- +goose StatementBegin
CREATE FUNCTION check_attempts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong boolean;
BEGIN
    EXECUTE 'SELECT EXISTS (SELECT FROM added n LEFT JOIN public.recipients r ON r.id = n.recipient_id AND r.account_id = n.account_id
                AND r.campaign_id = n.campaign_id AND r.phone_key = n.phone_key
            WHERE n.kind = ''campaign'' AND r.id IS NULL)
        OR EXISTS (SELECT FROM added n LEFT JOIN public.users u ON u.id = n.user_id AND u.account_id = n.account_id
            LEFT JOIN public.phone_gates g ON g.phone_key = n.phone_key
            LEFT JOIN public.campaigns c ON c.id = n.campaign_id AND c.account_id = n.account_id
            WHERE n.kind = ''preview'' AND (u.id IS NULL OR g.phone_key IS NULL OR c.id IS NULL AND n.campaign_id IS NOT NULL))
        OR EXISTS (SELECT FROM (SELECT DISTINCT sender_id FROM added) n LEFT JOIN public.senders s ON s.id = n.sender_id WHERE s.id IS NULL)' INTO wrong;
    IF wrong THEN
        RAISE EXCEPTION 'an attempt refers to no recipient, user, campaign, gate or sender of its own' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER refers AFTER INSERT ON attempts REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_attempts();

REVOKE UPDATE ON recipients, attempts FROM callshu_worker;
GRANT UPDATE (call_zone, state, reason, answer, answered_early, answered_at, answered_by_callback, attempts_made, due_at, open_from, open_until,
              finished_at, updated_at) ON recipients TO callshu_worker;
GRANT UPDATE (state, rank, place_by, call_sid, answered_by, answer, answered_early, heard, end_requested, ending, error_code, error, placed_at,
              ringing_at, answered_at, ended_at, duration_s, misses, checked_at) ON attempts TO callshu_worker;

CREATE TRIGGER kept BEFORE DELETE ON employees FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER kept BEFORE DELETE ON campaigns FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER kept BEFORE DELETE ON recipients FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER kept BEFORE DELETE ON phone_gates FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TRIGGER kept ON phone_gates;
DROP TRIGGER kept ON recipients;
DROP TRIGGER kept ON campaigns;
DROP TRIGGER kept ON employees;
REVOKE UPDATE (call_zone, state, reason, answer, answered_early, answered_at, answered_by_callback, attempts_made, due_at, open_from, open_until,
              finished_at, updated_at) ON recipients FROM callshu_worker;
REVOKE UPDATE (state, rank, place_by, call_sid, answered_by, answer, answered_early, heard, end_requested, ending, error_code, error, placed_at,
              ringing_at, answered_at, ended_at, duration_s, misses, checked_at) ON attempts FROM callshu_worker;
GRANT UPDATE ON recipients, attempts TO callshu_worker;
DROP TRIGGER refers ON attempts;
DROP TRIGGER refers ON recipients;
DROP FUNCTION check_attempts();
DROP FUNCTION check_recipients();
ALTER TABLE attempts
    ADD FOREIGN KEY (account_id) REFERENCES accounts (id),
    ADD FOREIGN KEY (phone_key) REFERENCES phone_gates (phone_key),
    ADD FOREIGN KEY (sender_id) REFERENCES senders (id),
    ADD FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id),
    ADD FOREIGN KEY (account_id, recipient_id) REFERENCES recipients (account_id, id),
    ADD FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id);
ALTER TABLE recipients
    ADD FOREIGN KEY (phone_key) REFERENCES phone_gates (phone_key),
    ADD FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id),
    ADD FOREIGN KEY (account_id, employee_id) REFERENCES employees (account_id, id);
DROP TABLE daily_calls;
DELETE FROM pace WHERE key = 'claim';
