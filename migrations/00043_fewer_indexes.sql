-- Each dialling is written twice within a second, by its claim and by the
-- carrier's answer, and each time into every index of the table. Of nine indexes
-- three told nothing that another did not, and one nothing until the answer.

-- +goose Up
-- An id is unique by itself; together with its account it was once more, for
-- foreign keys alone. What calls and call backs refer to is checked by statement,
-- as for calls themselves, and no role may delete what is referred to. An event also
-- locked its employer's row, which all events of that employer share: the call's
-- account is checked with the call.
ALTER TABLE call_events DROP CONSTRAINT call_events_account_id_fkey, DROP CONSTRAINT call_events_account_id_attempt_id_fkey;
ALTER TABLE inbound_calls DROP CONSTRAINT inbound_calls_account_id_attempt_id_fkey, DROP CONSTRAINT inbound_calls_account_id_recipient_id_fkey;
ALTER TABLE attempts DROP CONSTRAINT attempts_account_id_id_key;
ALTER TABLE recipients DROP CONSTRAINT recipients_account_id_id_key;

-- +goose StatementBegin
CREATE FUNCTION check_call_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added n LEFT JOIN public.attempts a ON a.id = n.attempt_id AND a.account_id = n.account_id WHERE a.id IS NULL) THEN
        RAISE EXCEPTION 'an event refers to no call of its account' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER refers AFTER INSERT ON call_events REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_call_events();

-- +goose StatementBegin
CREATE FUNCTION check_inbound_calls() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added n LEFT JOIN public.attempts a ON a.id = n.attempt_id AND a.account_id = n.account_id AND a.recipient_id = n.recipient_id
            WHERE n.attempt_id IS NOT NULL AND a.id IS NULL) THEN
        RAISE EXCEPTION 'a call back refers to no call of its account and recipient' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER refers AFTER INSERT ON inbound_calls REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_inbound_calls();

-- A recipient's calls are among those to their phone, of which there are few.
DROP INDEX attempts_recipient;
-- Live calls are few: attempts_live finds them.
DROP INDEX attempts_open;
-- Until the carrier has answered there is nothing to find.
ALTER TABLE attempts DROP CONSTRAINT attempts_call_sid_key;
CREATE UNIQUE INDEX attempts_call_sid ON attempts (call_sid) WHERE call_sid IS NOT NULL;

-- As before, but each row that was added is read once.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION check_recipients() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong boolean;
BEGIN
    EXECUTE 'SELECT EXISTS (SELECT FROM added n
            LEFT JOIN public.employees e ON e.id = n.employee_id AND e.account_id = n.account_id AND e.phone_key = n.phone_key
            LEFT JOIN public.consents k ON k.account_id = n.account_id AND k.phone_key = n.phone_key
            WHERE e.id IS NULL OR n.state = ''pending'' AND k.phone_key IS NULL)
        OR EXISTS (SELECT FROM (SELECT DISTINCT account_id, campaign_id FROM added) n
            LEFT JOIN public.campaigns c ON c.id = n.campaign_id AND c.account_id = n.account_id WHERE c.id IS NULL)' INTO wrong;
    IF wrong THEN
        RAISE EXCEPTION 'a recipient refers to no employee or campaign of its account, or to no consent' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION check_recipients() RETURNS trigger LANGUAGE plpgsql AS $$
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
DROP INDEX attempts_call_sid;
ALTER TABLE attempts ADD CONSTRAINT attempts_call_sid_key UNIQUE (call_sid);
CREATE INDEX attempts_open ON attempts (state, place_by)
    WHERE state IN ('placing', 'unknown', 'queued', 'initiated', 'ringing', 'in_progress');
CREATE INDEX attempts_recipient ON attempts (recipient_id, created_at);
DROP TRIGGER refers ON inbound_calls;
DROP TRIGGER refers ON call_events;
DROP FUNCTION check_inbound_calls();
DROP FUNCTION check_call_events();
ALTER TABLE recipients ADD UNIQUE (account_id, id);
ALTER TABLE attempts ADD UNIQUE (account_id, id);
ALTER TABLE call_events ADD FOREIGN KEY (account_id) REFERENCES accounts (id),
    ADD FOREIGN KEY (account_id, attempt_id) REFERENCES attempts (account_id, id);
ALTER TABLE inbound_calls
    ADD FOREIGN KEY (account_id, attempt_id) REFERENCES attempts (account_id, id),
    ADD FOREIGN KEY (account_id, recipient_id) REFERENCES recipients (account_id, id);
