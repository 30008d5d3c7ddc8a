-- A person's right to be forgotten, and the verifications of the log that are
-- kept. Erasing takes what names a person and leaves what proves: that the
-- number refused, when it agreed and to which words, by the hash of the number.

-- +goose Up
ALTER TABLE consent_events ALTER COLUMN nonce DROP NOT NULL,
    ADD CONSTRAINT consent_events_erased CHECK (nonce IS NOT NULL OR inbound_text = '');

-- The ledger stays append-only for everybody who can log in. erase_person alone
-- runs as callshu_definer, and may empty three columns of a row and nothing else:
-- what was said, what was noted, and the nonce, without which nobody can try the
-- seal's commitment against likely words.
-- +goose StatementBegin
CREATE FUNCTION keep_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_user = 'callshu_definer' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION keep_consent() FROM PUBLIC;
DROP TRIGGER keep ON consent_events;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON consent_events FOR EACH STATEMENT EXECUTE FUNCTION keep_consent();
ALTER TABLE consent_events ENABLE ALWAYS TRIGGER keep;

CREATE POLICY definer_read ON consent_events FOR SELECT TO callshu_definer USING (account_id = (SELECT current_account()));
CREATE POLICY definer_erase ON consent_events FOR UPDATE TO callshu_definer USING (account_id = (SELECT current_account())) WITH CHECK (nonce IS NULL);
GRANT SELECT (id, account_id, phone_key, employee_id, inbound_text, detail, nonce), UPDATE (inbound_text, detail, nonce) ON consent_events TO callshu_definer;

-- Whether another employer still holds a number decides what the platform itself may keep of it.
CREATE POLICY definer_holders ON employees FOR SELECT TO callshu_definer USING (erased_at IS NULL);
CREATE POLICY definer_erase ON employees FOR UPDATE TO callshu_definer USING (account_id = (SELECT current_account())) WITH CHECK (erased_at IS NOT NULL AND phone = '' AND name = '');
GRANT SELECT (id, erased_at), UPDATE (name, first_name, search, phone, number_zones, time_zone, tags, updated_at, deleted_at, erased_at) ON employees TO callshu_definer;

CREATE POLICY definer_person ON messages FOR SELECT TO callshu_definer USING (account_id = (SELECT current_account()) OR account_id IS NULL);
CREATE POLICY definer_erase ON messages FOR UPDATE TO callshu_definer USING (account_id = (SELECT current_account()) OR account_id IS NULL) WITH CHECK (phone = '' AND body = '');
GRANT SELECT (account_id, employee_id, phone_key, kind, reason, finished_at), UPDATE (phone, body, state, reason, finished_at) ON messages TO callshu_definer;

CREATE POLICY definer_person ON attempts FOR SELECT TO callshu_definer USING (account_id = (SELECT current_account()));
GRANT SELECT (account_id, phone_key, kind, state) ON attempts TO callshu_definer;

CREATE POLICY definer_person ON inbound_reads FOR SELECT TO callshu_definer USING (true);
CREATE POLICY definer_erase ON inbound_reads FOR DELETE TO callshu_definer USING (account_id = (SELECT current_account()));
GRANT SELECT (account_id, message_sid, phone_key, employee_id), DELETE ON inbound_reads TO callshu_definer;
CREATE POLICY definer_person ON stray_texts FOR SELECT TO callshu_definer USING (true);
CREATE POLICY definer_erase ON stray_texts FOR DELETE TO callshu_definer USING (true);
GRANT SELECT (message_sid), DELETE ON stray_texts TO callshu_definer;
GRANT SELECT (message_sid, phone_key, phone, body, outcome), UPDATE (phone, body, outcome) ON inbound_messages TO callshu_definer;
GRANT SELECT (phone_key, phone), UPDATE (phone) ON person_links TO callshu_definer;

-- erase_person takes what names a person of the tenant's own list, in one
-- transaction: the person under every entry of its number, their texts in both
-- directions, what the ledger quotes of them, and, where no other employer holds
-- the number, what the platform keeps of it. Texts that wait are taken back.
-- What stays: that something was sent or said and when, hashes, the gate and its
-- STOP. key is NULL where there is no such person; under_way tells that a call or
-- a text is on its way just now, and nothing was done. events are the rows of the
-- ledger that lost their words, for the mark that the caller appends.
-- +goose StatementBegin
CREATE FUNCTION erase_person(person uuid, at timestamptz, OUT key bytea, OUT under_way boolean, OUT texts int, OUT replies int, OUT events bigint[])
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    account constant uuid := public.current_account();
    -- What the ledger says of an event that is not about a person.
    facts constant text[] := ARRAY['import', 'invitation', 'invitation_sid', 'message', 'text', 'error_code', 'scope', 'why', 'rows', 'read_by_hand', 'record', 'received_at'];
    keys bytea[];
    unheld bytea[];
BEGIN
    SELECT e.phone_key INTO key FROM public.employees e WHERE e.account_id = account AND e.id = person AND e.erased_at IS NULL;
    IF key IS NULL THEN
        RETURN;
    END IF;
    SELECT array_agg(DISTINCT k.phone_key) INTO keys FROM (
        SELECT key AS phone_key UNION SELECT v.phone_key FROM public.consent_events v WHERE v.account_id = account AND v.employee_id = person) k;
    -- From here on every statement finds its rows by the number: a STOP may wait.
    -- Gates first, as everything that decides about a phone.
    PERFORM 1 FROM public.phone_gates g WHERE g.phone_key = ANY (keys) ORDER BY g.phone_key FOR NO KEY UPDATE;
    PERFORM 1 FROM public.employees e WHERE e.account_id = account AND e.id = person AND e.phone_key = key AND e.erased_at IS NULL FOR NO KEY UPDATE;
    under_way := NOT FOUND
        OR EXISTS (SELECT FROM public.attempts t WHERE t.account_id = account AND t.phone_key = ANY (keys) AND t.kind = 'campaign'
                   AND t.state IN ('placing', 'queued', 'initiated', 'ringing', 'in_progress'))
        OR EXISTS (SELECT FROM public.messages m WHERE m.phone_key = ANY (keys) AND m.kind <> 'verify_phone' AND m.state IN ('sending', 'unknown'));
    IF under_way THEN
        RETURN;
    END IF;
    SELECT coalesce(array_agg(k), '{}') INTO unheld FROM unnest(keys) k WHERE NOT EXISTS (SELECT FROM public.employees e
        WHERE e.phone_key = k AND e.erased_at IS NULL AND NOT (e.account_id = account AND (e.id = person OR e.phone_key = key)));

    UPDATE public.employees e SET name = '', first_name = '', search = '', phone = '', number_zones = '', time_zone = '', tags = '{}',
           deleted_at = coalesce(e.deleted_at, at), erased_at = at, updated_at = at
     WHERE e.account_id = account AND e.erased_at IS NULL AND (e.id = person OR e.phone_key = key);

    UPDATE public.messages m SET phone = '', body = '', state = CASE m.state WHEN 'queued' THEN 'skipped' ELSE m.state END,
           reason = CASE m.state WHEN 'queued' THEN 'not_on_list' ELSE m.reason END, finished_at = CASE m.state WHEN 'queued' THEN at ELSE m.finished_at END
     WHERE m.phone_key = ANY (keys) AND m.kind <> 'verify_phone' AND (m.account_id = account AND (m.phone_key = key OR m.employee_id = person) OR m.account_id IS NULL AND m.phone_key = ANY (unheld));
    GET DIAGNOSTICS texts = ROW_COUNT;

    -- Words that another employer reads too are that one's to keep.
    UPDATE public.inbound_messages i SET body = ''
     WHERE i.phone_key = ANY (keys)
       AND EXISTS (SELECT FROM public.inbound_reads r WHERE r.message_sid = i.message_sid AND r.account_id = account AND (r.phone_key = key OR r.employee_id = person))
       AND NOT EXISTS (SELECT FROM public.inbound_reads r WHERE r.message_sid = i.message_sid AND r.account_id <> account);
    DELETE FROM public.inbound_reads r WHERE r.account_id = account AND (r.phone_key = key OR r.employee_id = person);
    GET DIAGNOSTICS replies = ROW_COUNT;
    DELETE FROM public.stray_texts s USING public.inbound_messages i WHERE i.message_sid = s.message_sid AND i.phone_key = ANY (unheld);
    UPDATE public.inbound_messages i SET phone = '', body = '', outcome = CASE i.outcome WHEN 'undecided' THEN 'nothing' ELSE i.outcome END
     WHERE i.phone_key = ANY (unheld) AND (i.phone <> '' OR i.body <> '');
    UPDATE public.person_links l SET phone = '' WHERE l.phone_key = ANY (unheld);

    WITH erased AS (
        UPDATE public.consent_events v SET inbound_text = '', nonce = NULL,
               detail = (SELECT coalesce(jsonb_object_agg(d.key, d.value), '{}') FROM jsonb_each(v.detail) d WHERE d.key = ANY (facts))
         WHERE v.account_id = account AND v.phone_key = ANY (keys) AND v.nonce IS NOT NULL AND (v.phone_key = key OR v.employee_id = person)
           AND (v.inbound_text <> '' OR EXISTS (SELECT FROM jsonb_object_keys(v.detail) d WHERE d <> ALL (facts)))
        RETURNING v.id)
    SELECT coalesce(array_agg(x.id ORDER BY x.id), '{}') INTO events FROM erased x;
END $$;
-- +goose StatementEnd
ALTER FUNCTION erase_person(uuid, timestamptz) OWNER TO callshu_definer;
REVOKE EXECUTE ON FUNCTION erase_person(uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_person(uuid, timestamptz) TO callshu_app;
-- The marks that say which rows were erased, for every verification.
CREATE INDEX consent_events_marks ON consent_events (id) WHERE kind = 'erased' AND detail ? 'rows';

-- What the verifications of the log found, newest kept first: the page of an
-- operator shows the last one at once, whatever the next one takes.
CREATE TABLE audit_verifications (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    started_at timestamptz NOT NULL,  -- business time
    took_ms    bigint NOT NULL,
    ok         boolean NOT NULL,
    report     jsonb NOT NULL,
    asked_by   uuid REFERENCES operators (id)  -- NULL: the nightly one
);
CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_verifications FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE audit_verifications ENABLE ALWAYS TRIGGER keep;
ALTER TABLE audit_verifications ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY worker_read ON audit_verifications FOR SELECT TO callshu_worker USING (true);
CREATE POLICY worker_add ON audit_verifications FOR INSERT TO callshu_worker WITH CHECK (true);
CREATE POLICY operator_read ON audit_verifications FOR SELECT TO callshu_operator USING (true);
CREATE POLICY backup ON audit_verifications FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT ON audit_verifications TO callshu_worker;
GRANT SELECT ON audit_verifications TO callshu_operator, callshu_backup;

-- +goose Down
DROP TABLE audit_verifications;
DROP INDEX consent_events_marks;
DROP FUNCTION erase_person(uuid, timestamptz);
REVOKE SELECT (phone_key, phone), UPDATE (phone) ON person_links FROM callshu_definer;
REVOKE SELECT (message_sid, phone_key, phone, body, outcome), UPDATE (phone, body, outcome) ON inbound_messages FROM callshu_definer;
REVOKE SELECT (message_sid), DELETE ON stray_texts FROM callshu_definer;
DROP POLICY definer_erase ON stray_texts;
DROP POLICY definer_person ON stray_texts;
REVOKE SELECT (account_id, message_sid, phone_key, employee_id), DELETE ON inbound_reads FROM callshu_definer;
DROP POLICY definer_erase ON inbound_reads;
DROP POLICY definer_person ON inbound_reads;
REVOKE SELECT (account_id, phone_key, kind, state) ON attempts FROM callshu_definer;
DROP POLICY definer_person ON attempts;
REVOKE SELECT (account_id, employee_id, phone_key, kind, reason, finished_at), UPDATE (phone, body, state, reason, finished_at) ON messages FROM callshu_definer;
DROP POLICY definer_erase ON messages;
DROP POLICY definer_person ON messages;
REVOKE SELECT (id, erased_at), UPDATE (name, first_name, search, phone, number_zones, time_zone, tags, updated_at, deleted_at, erased_at) ON employees FROM callshu_definer;
DROP POLICY definer_erase ON employees;
DROP POLICY definer_holders ON employees;
REVOKE SELECT (id, account_id, phone_key, employee_id, inbound_text, detail, nonce), UPDATE (inbound_text, detail, nonce) ON consent_events FROM callshu_definer;
DROP POLICY definer_erase ON consent_events;
DROP POLICY definer_read ON consent_events;
DROP TRIGGER keep ON consent_events;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON consent_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE consent_events ENABLE ALWAYS TRIGGER keep;
DROP FUNCTION keep_consent();
ALTER TABLE consent_events DROP CONSTRAINT consent_events_erased;
