-- Which rows of the log a report could not see. A transaction draws the id of
-- its row before it commits, so that a row below the newest one may come later.

-- +goose Up
ALTER TABLE reports
    ADD COLUMN unseen  int8multirange,                      -- ids; NULL: all above through_id
    ADD COLUMN seen_at timestamptz NOT NULL DEFAULT now();  -- by the database's clock

-- +goose Down
ALTER TABLE reports DROP COLUMN unseen, DROP COLUMN seen_at;
