-- What the ledger refuses, what texts need to be answered right, and the
-- indexes of lists and of the texter.

-- +goose Up
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION apply_consent_event() RETURNS trigger
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

-- A text may be the platform's own: one that names several employers must not
-- stand in the records of one of them.
ALTER TABLE messages ALTER COLUMN account_id DROP NOT NULL;
ALTER TABLE messages DROP CONSTRAINT messages_kind_check;
ALTER TABLE messages ADD CONSTRAINT messages_kind_check
    CHECK (kind IN ('invitation', 'reminder', 'confirmation', 'stopped', 'help', 'choose', 'page', 'verify_phone'));
ALTER TABLE messages ADD CONSTRAINT messages_account_check
    CHECK (account_id IS NOT NULL OR kind = 'choose');
ALTER TABLE messages
    -- The ledger's newest event when the person texted START: only while it is
    -- still the newest may this invitation pass an opt-out. No tenant can set it.
    ADD COLUMN asked_after bigint,
    -- The accounts of a "YES 1 or YES 2" question, in the order of its numbers.
    ADD COLUMN options uuid[] NOT NULL DEFAULT '{}',
    ADD COLUMN tries int NOT NULL DEFAULT 0;

-- One invitation at a time, also when two requests ask at once.
CREATE UNIQUE INDEX messages_one_invitation ON messages (account_id, phone_key)
    WHERE kind IN ('invitation', 'reminder') AND state IN ('queued', 'sending', 'unknown');
-- Replies to a person's own text go before a long queue of invitations.
CREATE INDEX messages_replies ON messages (sender_id, due_at)
    WHERE state = 'queued' AND kind NOT IN ('invitation', 'reminder');
CREATE INDEX messages_by_phone ON messages (phone_key, created_at DESC);
-- The one above serves both; and array operators are not leakproof, so that
-- under row-level security no tenant's query can use an index on tags.
DROP INDEX messages_phone;
DROP INDEX employees_tags;
CREATE INDEX employees_created ON employees (account_id, created_at, id) WHERE deleted_at IS NULL;

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
GRANT SELECT, INSERT, UPDATE (phone), DELETE ON person_links TO callshu_worker;
GRANT SELECT ON person_links TO callshu_backup;

CREATE INDEX consents_invited ON consents (changed_at) WHERE state = 'invited';

-- +goose Down
DROP INDEX consents_invited;
DROP TABLE person_links;
DROP INDEX employees_created;
CREATE INDEX employees_tags ON employees USING gin (tags);
CREATE INDEX messages_phone ON messages (account_id, phone_key, created_at DESC);
DROP INDEX messages_by_phone;
DROP INDEX messages_replies;
DROP INDEX messages_one_invitation;
ALTER TABLE messages DROP COLUMN tries, DROP COLUMN options, DROP COLUMN asked_after;
ALTER TABLE messages DROP CONSTRAINT messages_account_check;
-- FORCE binds the owner too, who has no policy: without this it would delete nothing.
ALTER TABLE messages NO FORCE ROW LEVEL SECURITY;
DELETE FROM messages WHERE account_id IS NULL OR kind IN ('choose', 'page');
ALTER TABLE messages FORCE ROW LEVEL SECURITY;
ALTER TABLE messages DROP CONSTRAINT messages_kind_check;
ALTER TABLE messages ADD CONSTRAINT messages_kind_check
    CHECK (kind IN ('invitation', 'reminder', 'confirmation', 'stopped', 'help', 'verify_phone'));
ALTER TABLE messages ALTER COLUMN account_id SET NOT NULL;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION apply_consent_event() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    next_state text;
BEGIN
    PERFORM 1 FROM public.phone_gates g WHERE g.phone_key = NEW.phone_key FOR UPDATE;
    next_state := CASE NEW.kind
        WHEN 'opted_in' THEN 'opted_in'
        WHEN 'opted_out' THEN 'opted_out'
        WHEN 'not_me' THEN 'opted_out'
        WHEN 'lapsed' THEN 'lapsed'
        WHEN 'erased' THEN 'none'
        WHEN 'invited' THEN 'invited' END;
    INSERT INTO public.consents AS k (account_id, phone_key, state, event_id, changed_at)
    VALUES (NEW.account_id, NEW.phone_key, next_state, NEW.id, NEW.at)
    ON CONFLICT (account_id, phone_key) DO UPDATE
        SET state = EXCLUDED.state, event_id = EXCLUDED.event_id, changed_at = EXCLUDED.changed_at
        WHERE NOT (next_state = 'invited' AND k.state = 'opted_in')
          AND NOT (next_state = 'none' AND k.state = 'opted_out');
    RETURN NULL;
END $$;
-- +goose StatementEnd
