-- What decides between a text of a person's and one of ours: when the carrier took each.

-- +goose Up
-- The carrier's time of a text that it took from us, in whole seconds of its own
-- clock. Only such a time can be compared with that of an answer.
ALTER TABLE messages ADD COLUMN provider_at timestamptz;

-- Texts of which the last callback never came are asked about, ever less often.
-- Wall time, like place_by.
ALTER TABLE messages ADD COLUMN polled_at timestamptz;
CREATE INDEX messages_silent ON messages (place_by) WHERE state IN ('accepted', 'sent');

-- Texts that wait for a time, or for the fate of what they may answer. They are
-- looked at every minute, and whenever the fate of a text of ours is learned.
CREATE INDEX inbound_messages_undecided ON inbound_messages (received_at) WHERE outcome = 'undecided';

-- +goose Down
DROP INDEX inbound_messages_undecided;
DROP INDEX messages_silent;
ALTER TABLE messages DROP COLUMN provider_at, DROP COLUMN polled_at;
