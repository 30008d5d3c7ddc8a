-- An erasure under a legal hold. The employer's wish is carried out at once and
-- in full, with the same answer and the same rows of the log as without a hold:
-- who is held need not know. But the words that it takes are evidence, so they
-- are laid aside until the hold ends, where nobody who can log in reaches them.

-- +goose Up
-- What one erasure took of the ledger and of texts, with the nonces, by which
-- the seals still prove that it was said so. No name, number or tag is kept:
-- whoever asks about a number finds the person by its key.
CREATE TABLE held_erasures (
    account_id  uuid NOT NULL REFERENCES accounts (id),
    employee_id uuid NOT NULL,
    erased_at   timestamptz NOT NULL,
    events      jsonb NOT NULL,  -- of the ledger: id, inbound_text, detail, nonce
    texts       jsonb NOT NULL,  -- that we had sent: id, body
    replies     jsonb NOT NULL,  -- of the person: message_sid, body, received_at
    PRIMARY KEY (account_id, employee_id)
);
CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON held_erasures FOR EACH STATEMENT EXECUTE FUNCTION keep_audit();
ALTER TABLE held_erasures ENABLE ALWAYS TRIGGER keep;
ALTER TABLE held_erasures ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY definer_add ON held_erasures FOR INSERT TO callshu_definer WITH CHECK (account_id = (SELECT current_account()));
CREATE POLICY definer_read ON held_erasures FOR SELECT TO callshu_definer USING (true);
CREATE POLICY definer_release ON held_erasures FOR DELETE TO callshu_definer
    USING (NOT EXISTS (SELECT FROM accounts a WHERE a.id = account_id AND a.legal_hold_at IS NOT NULL));
CREATE POLICY backup ON held_erasures FOR SELECT TO callshu_backup USING (true);
GRANT SELECT (account_id), INSERT, DELETE ON held_erasures TO callshu_definer;
GRANT SELECT ON held_erasures TO callshu_backup;
GRANT SELECT (id, body) ON messages TO callshu_definer;
GRANT SELECT (body, received_at) ON inbound_reads TO callshu_definer;

-- hold_words lays aside what erase_person is about to take, where the account is
-- on hold. Its conditions are those of erase_person, whose locks it stands under.
-- What of the ledger loses nothing is laid aside as well; a text that still waits
-- was said to nobody.
-- +goose StatementBegin
CREATE FUNCTION hold_words(person uuid, at timestamptz, key bytea, keys bytea[], unheld bytea[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    account constant uuid := public.current_account();
BEGIN
    IF NOT EXISTS (SELECT FROM public.accounts a WHERE a.id = account AND a.legal_hold_at IS NOT NULL) THEN
        RETURN;
    END IF;
    INSERT INTO public.held_erasures (account_id, employee_id, erased_at, events, texts, replies) VALUES (account, person, at,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('id', v.id, 'inbound_text', v.inbound_text, 'detail', v.detail, 'nonce', encode(v.nonce, 'hex')) ORDER BY v.id), '[]')
           FROM public.consent_events v
          WHERE v.account_id = account AND v.phone_key = ANY (keys) AND v.nonce IS NOT NULL AND (v.phone_key = key OR v.employee_id = person)),
        (SELECT coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'body', m.body) ORDER BY m.id), '[]')
           FROM public.messages m
          WHERE m.phone_key = ANY (keys) AND m.kind <> 'verify_phone' AND m.state <> 'queued' AND m.body <> ''
            AND (m.account_id = account AND (m.phone_key = key OR m.employee_id = person) OR m.account_id IS NULL AND m.phone_key = ANY (unheld))),
        (SELECT coalesce(jsonb_agg(jsonb_build_object('message_sid', r.message_sid, 'body', r.body, 'received_at', r.received_at) ORDER BY r.received_at), '[]')
           FROM public.inbound_reads r WHERE r.account_id = account AND (r.phone_key = key OR r.employee_id = person)));
END $$;
-- +goose StatementEnd
ALTER FUNCTION hold_words(uuid, timestamptz, bytea, bytea[], bytea[]) OWNER TO callshu_definer;
REVOKE EXECUTE ON FUNCTION hold_words(uuid, timestamptz, bytea, bytea[], bytea[]) FROM PUBLIC;

-- As it was, but for the line that calls hold_words.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION erase_person(person uuid, at timestamptz, OUT key bytea, OUT under_way boolean, OUT texts int, OUT replies int, OUT events bigint[])
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

    PERFORM public.hold_words(person, at, key, keys, unheld);

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

-- release_words deletes what was laid aside for accounts that are not on hold
-- any more, and returns of how many erased people.
-- +goose StatementBegin
CREATE FUNCTION release_words(OUT people bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    DELETE FROM public.held_erasures h
     WHERE NOT EXISTS (SELECT FROM public.accounts a WHERE a.id = h.account_id AND a.legal_hold_at IS NOT NULL);
    GET DIAGNOSTICS people = ROW_COUNT;
END $$;
-- +goose StatementEnd
ALTER FUNCTION release_words() OWNER TO callshu_definer;
REVOKE EXECUTE ON FUNCTION release_words() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION release_words() TO callshu_worker;

-- +goose Down
DROP FUNCTION release_words();
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION erase_person(person uuid, at timestamptz, OUT key bytea, OUT under_way boolean, OUT texts int, OUT replies int, OUT events bigint[])
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
DROP FUNCTION hold_words(uuid, timestamptz, bytea, bytea[], bytea[]);
REVOKE SELECT (body, received_at) ON inbound_reads FROM callshu_definer;
REVOKE SELECT (id, body) ON messages FROM callshu_definer;
DROP TABLE held_erasures;
