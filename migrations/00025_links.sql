-- The link to a person's own page is theirs alone. Its key stood in the stored
-- words of our texts, which employers read: old keys open nothing any more, and
-- the words keep no key once the carrier has had them.

-- +goose Up
ALTER TABLE messages NO FORCE ROW LEVEL SECURITY;
UPDATE messages SET body = regexp_replace(body, '/p/[A-Za-z0-9_-]{11}', '/p/…', 'g')
    WHERE kind IN ('confirmation', 'page') AND state NOT IN ('queued', 'sending', 'unknown');
ALTER TABLE messages FORCE ROW LEVEL SECURITY;
-- Expired by whatever clock the business goes. CALLS brings a new one.
UPDATE person_links SET expires_at = created_at;

-- What a phone's new owner may see begins at the newest "not me" of anybody.
CREATE INDEX consent_events_not_me ON consent_events (phone_key, at) WHERE kind = 'not_me';

-- +goose Down
DROP INDEX consent_events_not_me;
