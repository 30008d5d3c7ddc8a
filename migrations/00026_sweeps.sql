-- How far the texts to each of our numbers have been asked for at the carrier.

-- +goose Up
-- The defaults are the moment at which the number became ours to sweep: a
-- number that is not swept from then on is soon not dialled from.
ALTER TABLE senders
    ADD COLUMN swept_to timestamptz NOT NULL DEFAULT now(),             -- the carrier's time, up to which no text is missing
    ADD COLUMN swept_at timestamptz NOT NULL DEFAULT clock_timestamp(); -- wall time of the last complete sweep
GRANT UPDATE (swept_to, swept_at) ON senders TO callshu_worker;

-- +goose Down
REVOKE UPDATE (swept_to, swept_at) ON senders FROM callshu_worker;
ALTER TABLE senders DROP COLUMN swept_to, DROP COLUMN swept_at;
