-- Why a call is to end and that it really ends are two things: whoever noted
-- the first may have died before the carrier was asked.

-- +goose Up
ALTER TABLE attempts ADD COLUMN ending boolean NOT NULL DEFAULT false; -- the carrier took our request, or our goodbye is being spoken

-- +goose Down
ALTER TABLE attempts DROP COLUMN ending;
