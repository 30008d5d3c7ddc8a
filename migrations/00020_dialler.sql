-- What the dialler asks ten times a second, and twice a second for each live
-- page, answered from indexes.

-- +goose Up
-- When a campaign was last served (running campaigns take turns), and its calls.
CREATE INDEX attempts_campaign ON attempts (campaign_id, place_by DESC);
-- The calls of an account in the last 24 hours, for its daily quota.
CREATE INDEX attempts_account_day ON attempts (account_id, created_at) WHERE kind = 'campaign' AND state <> 'not_placed';
-- By phone first: a person who calls back is looked up before any account is known.
DROP INDEX attempts_phone;
CREATE INDEX attempts_phone ON attempts (phone_key, account_id, created_at DESC);
-- The rest of a large campaign that was cancelled is closed in the background.
CREATE INDEX campaigns_cancelled ON campaigns (finished_at) WHERE status = 'cancelled';

-- +goose Down
DROP INDEX campaigns_cancelled;
DROP INDEX attempts_phone;
CREATE INDEX attempts_phone ON attempts (account_id, phone_key, created_at DESC);
DROP INDEX attempts_account_day;
DROP INDEX attempts_campaign;
