-- What a person's last call came to, kept while another one is due: whoever is
-- not called again ends as that, and not as somebody who was never called.

-- +goose Up
ALTER TABLE recipients
    ADD COLUMN last_state  text CHECK (last_state IN ('no_answer', 'busy', 'failed')),  -- NULL: no call has come to anything
    ADD COLUMN last_reason text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE recipients DROP COLUMN last_reason, DROP COLUMN last_state;
