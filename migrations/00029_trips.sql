-- Safety trips: which rule made a running campaign pause by itself, by which
-- calls, and who let it go on and why. And what a forecast must know of others.

-- +goose Up
CREATE TABLE campaign_trips (
    id          uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
    account_id  uuid NOT NULL,
    campaign_id uuid NOT NULL,
    rule        text NOT NULL CHECK (rule IN ('not_me', 'opted_out', 'hung_up', 'carrier_errors')),
    events      int NOT NULL CHECK (events > 0),
    calls       int NOT NULL CHECK (calls >= events),  -- of how many: each rule counts its own kind
    attempt_ids uuid[] NOT NULL,                       -- the calls that the events are of, the newest first
    tripped_at  timestamptz NOT NULL,
    resumed_at  timestamptz,
    resumed_by  uuid,
    reason      text NOT NULL DEFAULT '',              -- for which it was resumed
    FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id),
    FOREIGN KEY (account_id, resumed_by) REFERENCES users (account_id, id),
    CONSTRAINT campaign_trips_resumed CHECK ((resumed_at IS NULL) = (resumed_by IS NULL) AND (resumed_at IS NULL) = (reason = ''))
);
CREATE UNIQUE INDEX campaign_trips_open ON campaign_trips (campaign_id, rule) WHERE resumed_at IS NULL;
CREATE INDEX campaign_trips_campaign ON campaign_trips (campaign_id, tripped_at);

ALTER TABLE campaign_trips ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app_read ON campaign_trips FOR SELECT TO callshu_app USING (account_id = (SELECT current_account()));
-- A tenant may let its campaign go on, once, and change nothing else of what happened.
CREATE POLICY app_resume ON campaign_trips FOR UPDATE TO callshu_app
    USING (account_id = (SELECT current_account()) AND resumed_at IS NULL) WITH CHECK (account_id = (SELECT current_account()));
CREATE POLICY worker_read ON campaign_trips FOR SELECT TO callshu_worker USING (true);
CREATE POLICY worker_add ON campaign_trips FOR INSERT TO callshu_worker WITH CHECK (resumed_at IS NULL);
CREATE POLICY backup ON campaign_trips FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, UPDATE (resumed_at, resumed_by, reason) ON campaign_trips TO callshu_app;
GRANT SELECT, INSERT ON campaign_trips TO callshu_worker;
GRANT SELECT ON campaign_trips TO callshu_backup;
-- Whom the dialler tells that their campaign has paused by itself.
GRANT SELECT (email_verified_at, role, created_at) ON users TO callshu_worker;

-- What the rules count, every second for each running campaign.
CREATE INDEX attempts_answered ON attempts (campaign_id, created_at) WHERE kind = 'campaign' AND state IN ('in_progress', 'completed');
CREATE INDEX attempts_short ON attempts (campaign_id, created_at) WHERE kind = 'campaign' AND state = 'completed' AND duration_s < 5;
CREATE INDEX attempts_failed ON attempts (campaign_id, created_at) WHERE kind = 'campaign' AND state = 'failed';
CREATE INDEX consent_events_refused ON consent_events (account_id, at) WHERE kind IN ('opted_out', 'not_me') AND channel IN ('sms', 'voice', 'web');

-- How many other campaigns share the carrier's pace at this moment. A tenant
-- learns the number, as its own share of the pace, and nothing about them.
CREATE FUNCTION campaigns_dialling(at timestamptz, but uuid) RETURNS int
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ SELECT count(*)::int FROM public.campaigns c WHERE c.status = 'running' AND c.id <> but
          AND EXISTS (SELECT FROM public.recipients r WHERE r.campaign_id = c.id AND r.state = 'pending' AND r.due_at <= at) $$;
CREATE POLICY definer_read ON campaigns FOR SELECT TO callshu_definer USING (status = 'running');
CREATE POLICY definer_read ON recipients FOR SELECT TO callshu_definer USING (state = 'pending');
GRANT SELECT (id, status) ON campaigns TO callshu_definer;
GRANT SELECT (campaign_id, state, due_at) ON recipients TO callshu_definer;
ALTER FUNCTION campaigns_dialling(timestamptz, uuid) OWNER TO callshu_definer;
REVOKE EXECUTE ON FUNCTION campaigns_dialling(timestamptz, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION campaigns_dialling(timestamptz, uuid) TO callshu_app;

-- +goose Down
DROP FUNCTION campaigns_dialling(timestamptz, uuid);
REVOKE SELECT (campaign_id, state, due_at) ON recipients FROM callshu_definer;
REVOKE SELECT (id, status) ON campaigns FROM callshu_definer;
DROP POLICY definer_read ON recipients;
DROP POLICY definer_read ON campaigns;
REVOKE SELECT (email_verified_at, role, created_at) ON users FROM callshu_worker;
DROP INDEX consent_events_refused, attempts_failed, attempts_short, attempts_answered;
DROP TABLE campaign_trips;
