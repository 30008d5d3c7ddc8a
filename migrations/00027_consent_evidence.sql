-- What else is evidence of consent, and texts of people whom no employer knows.

-- +goose Up
-- The carrier's own time of a text, which its webhook does not tell and its
-- listing does, stands beside the event that it is about.
ALTER TABLE consent_events DROP CONSTRAINT consent_events_kind_check,
    ADD CONSTRAINT consent_events_kind_check CHECK (kind IN
        ('attested', 'invited', 'delivered', 'undelivered', 'opted_in', 'opted_out', 'not_me', 'help', 'lapsed', 'erased', 'timed'));
-- What a text was written into, and where its time is.
CREATE INDEX consent_events_by_text ON consent_events (message_sid)
    WHERE message_sid <> '' AND kind IN ('opted_in', 'opted_out', 'not_me', 'help', 'timed');

-- An invitation that a person asks for by START does not wait for one that is
-- on its way since before: that one answers nothing. For one START there is one.
DROP INDEX messages_one_invitation;
CREATE UNIQUE INDEX messages_one_invitation ON messages (account_id, phone_key)
    WHERE kind IN ('invitation', 'reminder') AND state IN ('queued', 'sending', 'unknown') AND asked_after IS NULL;
CREATE UNIQUE INDEX messages_one_restart ON messages (account_id, phone_key, asked_after)
    WHERE kind IN ('invitation', 'reminder') AND state IN ('queued', 'sending', 'unknown') AND asked_after IS NOT NULL;

-- When the queue of an account's number will be empty depends on every account
-- that shares it. A tenant learns how much waits until when, and not of whom.
-- +goose StatementBegin
CREATE FUNCTION sender_queue(since timestamptz) RETURNS TABLE (due_at timestamptz, count int)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ SELECT greatest(m.due_at, since), count(*)::int FROM public.messages m
           WHERE m.state = 'queued' AND m.sender_id = (SELECT a.sender_id FROM public.accounts a WHERE a.id = public.current_account())
           GROUP BY 1 $$;
-- +goose StatementEnd
CREATE POLICY definer_queue ON messages FOR SELECT TO callshu_definer USING (state = 'queued');
GRANT SELECT (sender_id, state, due_at) ON messages TO callshu_definer;
ALTER FUNCTION sender_queue(timestamptz) OWNER TO callshu_definer;
REVOKE EXECUTE ON FUNCTION sender_queue(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sender_queue(timestamptz) TO callshu_app;

-- Texts of people whom no employer knows; rows are what an operator may read.
CREATE TABLE stray_texts (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    message_sid  text NOT NULL UNIQUE REFERENCES inbound_messages (message_sid),
    phone_masked text NOT NULL,
    sender_id    uuid NOT NULL REFERENCES senders (id),
    body         text NOT NULL,
    word         text NOT NULL,   -- how the keyword engine read it
    outcome      text NOT NULL,   -- what it did
    received_at  timestamptz NOT NULL
);
CREATE INDEX stray_texts_newest ON stray_texts (received_at DESC, id DESC);
ALTER TABLE inbound_reads NO FORCE ROW LEVEL SECURITY;
INSERT INTO stray_texts (message_sid, phone_masked, sender_id, body, word, outcome, received_at)
    SELECT m.message_sid, CASE WHEN m.phone ~ '^\+1[0-9]{10}$' THEN '+1•••••' || right(m.phone, 4) ELSE '•••••' END, m.sender_id, m.body, m.word, m.outcome, m.received_at
    FROM inbound_messages m WHERE NOT EXISTS (SELECT FROM inbound_reads r WHERE r.message_sid = m.message_sid);
ALTER TABLE inbound_reads FORCE ROW LEVEL SECURITY;
ALTER TABLE stray_texts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY worker_add ON stray_texts FOR INSERT TO callshu_worker WITH CHECK (true);
CREATE POLICY worker_read ON stray_texts FOR SELECT TO callshu_worker USING (true);
CREATE POLICY worker_forget ON stray_texts FOR DELETE TO callshu_worker USING (true);
CREATE POLICY operator_read ON stray_texts FOR SELECT TO callshu_operator USING (true);
CREATE POLICY backup ON stray_texts FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT, DELETE ON stray_texts TO callshu_worker;
GRANT SELECT ON stray_texts TO callshu_operator, callshu_backup;

-- Texts that no word of ours fits are kept for 90 days. Of the text itself the
-- id stays, so that it cannot come a second time.
CREATE POLICY worker_forget ON inbound_reads FOR DELETE TO callshu_worker USING (review);
GRANT DELETE ON inbound_reads TO callshu_worker;
CREATE INDEX inbound_messages_unknown ON inbound_messages (received_at) WHERE review AND body <> '';
CREATE INDEX inbound_reads_unknown ON inbound_reads (received_at) WHERE review;

-- +goose Down
DROP INDEX inbound_messages_unknown, inbound_reads_unknown;
REVOKE DELETE ON inbound_reads FROM callshu_worker;
DROP POLICY worker_forget ON inbound_reads;
DROP TABLE stray_texts;
DROP FUNCTION sender_queue(timestamptz);
DROP POLICY definer_queue ON messages;
REVOKE SELECT (sender_id, state, due_at) ON messages FROM callshu_definer;
DROP INDEX messages_one_restart, messages_one_invitation;
-- Where two are on their way, the rule from before knows of one only.
ALTER TABLE messages NO FORCE ROW LEVEL SECURITY;
UPDATE messages m SET state = 'skipped', reason = 'overtaken' WHERE m.kind IN ('invitation', 'reminder') AND m.state IN ('queued', 'sending', 'unknown')
    AND EXISTS (SELECT FROM messages o WHERE o.account_id = m.account_id AND o.phone_key = m.phone_key AND o.kind IN ('invitation', 'reminder')
        AND o.state IN ('queued', 'sending', 'unknown') AND (o.created_at, o.id) > (m.created_at, m.id));
ALTER TABLE messages FORCE ROW LEVEL SECURITY;
CREATE UNIQUE INDEX messages_one_invitation ON messages (account_id, phone_key)
    WHERE kind IN ('invitation', 'reminder') AND state IN ('queued', 'sending', 'unknown');
DROP INDEX consent_events_by_text;
-- The ledger keeps its rows: the narrower rule holds for new ones only.
ALTER TABLE consent_events DROP CONSTRAINT consent_events_kind_check,
    ADD CONSTRAINT consent_events_kind_check CHECK (kind IN
        ('attested', 'invited', 'delivered', 'undelivered', 'opted_in', 'opted_out', 'not_me', 'help', 'lapsed', 'erased')) NOT VALID;
