-- The carrier's own time of a text, which its webhook does not tell and its
-- listing does, is evidence beside the event that it is about.

-- +goose Up
ALTER TABLE consent_events DROP CONSTRAINT consent_events_kind_check,
    ADD CONSTRAINT consent_events_kind_check CHECK (kind IN
        ('attested', 'invited', 'delivered', 'undelivered', 'opted_in', 'opted_out', 'not_me', 'help', 'lapsed', 'erased', 'timed'));
-- What a text was written into, and where its time is.
CREATE INDEX consent_events_by_text ON consent_events (message_sid)
    WHERE message_sid <> '' AND kind IN ('opted_in', 'opted_out', 'not_me', 'help', 'timed');

-- +goose Down
DROP INDEX consent_events_by_text;
-- The ledger keeps its rows: the narrower rule holds for new ones only.
ALTER TABLE consent_events DROP CONSTRAINT consent_events_kind_check,
    ADD CONSTRAINT consent_events_kind_check CHECK (kind IN
        ('attested', 'invited', 'delivered', 'undelivered', 'opted_in', 'opted_out', 'not_me', 'help', 'lapsed', 'erased')) NOT VALID;
