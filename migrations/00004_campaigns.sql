-- Campaigns, their recipients, and every dialling: what was rung and why.

-- +goose Up
CREATE TABLE campaigns (
    id             uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
    account_id     uuid NOT NULL REFERENCES accounts (id),
    name           text NOT NULL,
    class          text NOT NULL DEFAULT 'work' CHECK (class IN ('work')),
    status         text NOT NULL DEFAULT 'draft'
                   CHECK (status IN ('draft', 'scheduled', 'running', 'paused', 'finished', 'cancelled', 'expired')),
    status_reason  text NOT NULL DEFAULT '',
    content        jsonb NOT NULL,       -- purpose, texts by language, voice, choices, voicemail: what is spoken
    audience       jsonb NOT NULL,       -- {kind: all|tags|selection, tags, employee_ids}
    start_at       timestamptz,          -- NULL: at launch
    start_wall     text NOT NULL DEFAULT '',  -- as written: "2026-11-23T09:30"
    start_zone     text NOT NULL DEFAULT '',
    dial_until     timestamptz,          -- no call starts after it
    max_attempts   int NOT NULL DEFAULT 2 CHECK (max_attempts BETWEEN 1 AND 3),
    retry_minutes  int NOT NULL DEFAULT 30 CHECK (retry_minutes BETWEEN 30 AND 1440),
    created_by     uuid NOT NULL,
    version        int NOT NULL DEFAULT 1,    -- raised by each edit; part of the plan hash
    plan_hash      text NOT NULL DEFAULT '',  -- of the plan that was launched
    manifest_hash  bytea,
    manifest_total int NOT NULL DEFAULT 0,
    launched_by    uuid,
    launched_at    timestamptz,
    started_at     timestamptz,
    first_ring_at  timestamptz,
    finished_at    timestamptz,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, created_by) REFERENCES users (account_id, id),
    FOREIGN KEY (account_id, launched_by) REFERENCES users (account_id, id)
);
CREATE INDEX campaigns_account ON campaigns (account_id, created_at DESC, id);
CREATE INDEX campaigns_live ON campaigns (status) WHERE status IN ('scheduled', 'running', 'paused');

-- The manifest, one row per employee of the plan; the row then carries that
-- employee's way to exactly one final state (I4).
CREATE TABLE recipients (
    id            uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
    account_id    uuid NOT NULL,
    campaign_id   uuid NOT NULL,
    employee_id   uuid NOT NULL,
    position      int NOT NULL,
    phone_key     bytea NOT NULL REFERENCES phone_gates (phone_key),
    call_zone     text NOT NULL,
    state         text NOT NULL CHECK (state IN ('pending', 'dialling',
                  'answered', 'answered_no_key', 'voicemail', 'no_answer', 'busy', 'failed', 'skipped', 'cancelled')),
    reason        text NOT NULL DEFAULT '',   -- why skipped or failed
    answer        smallint CHECK (answer BETWEEN 1 AND 7),
    answered_early boolean NOT NULL DEFAULT false,  -- the key came before the message ended
    answered_at   timestamptz,
    attempts_made int NOT NULL DEFAULT 0,
    due_at        timestamptz NOT NULL,
    open_from     timestamptz NOT NULL,  -- the employee's next calling hours, computed in Go
    open_until    timestamptz NOT NULL,
    finished_at   timestamptz,
    updated_at    timestamptz NOT NULL,
    UNIQUE (account_id, id),
    UNIQUE (campaign_id, employee_id),
    FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id),
    FOREIGN KEY (account_id, employee_id) REFERENCES employees (account_id, id)
);
CREATE INDEX recipients_due ON recipients (campaign_id, due_at, position) WHERE state = 'pending';
CREATE INDEX recipients_window ON recipients (open_until) WHERE state = 'pending';
CREATE INDEX recipients_state ON recipients (campaign_id, state, answer);
CREATE INDEX recipients_phone ON recipients (phone_key) WHERE state IN ('pending', 'dialling');
CREATE INDEX recipients_roster ON recipients (campaign_id, position);

-- One dialling. 'placing' is committed before the POST leaves; the partial
-- unique index makes two live calls to one phone impossible (I3).
CREATE TABLE attempts (
    id             uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
    account_id     uuid NOT NULL REFERENCES accounts (id),
    kind           text NOT NULL CHECK (kind IN ('campaign', 'preview')),
    campaign_id    uuid,
    recipient_id   uuid,
    user_id        uuid,
    phone_key      bytea NOT NULL REFERENCES phone_gates (phone_key),
    sender_id      uuid NOT NULL REFERENCES senders (id),
    language       text NOT NULL DEFAULT '',
    consent_event  bigint,              -- the opt-in relied on
    consent_checked_at timestamptz NOT NULL,
    state          text NOT NULL DEFAULT 'placing'
                   CHECK (state IN ('placing', 'unknown', 'queued', 'initiated', 'ringing', 'in_progress',
                                    'completed', 'busy', 'no_answer', 'failed', 'canceled', 'not_placed')),
    rank           int NOT NULL DEFAULT 0,   -- the ladder: states only rise, the first final one stays
    place_by       timestamptz NOT NULL,     -- database time: no POST starts after it
    call_sid       text UNIQUE,
    answered_by    text NOT NULL DEFAULT '',
    answer         smallint,
    answered_early boolean NOT NULL DEFAULT false,
    heard          text NOT NULL DEFAULT '', -- what the caller got: message, nothing (revoked), voicemail ...
    end_requested  text NOT NULL DEFAULT '', -- why we asked the carrier to end it
    error_code     int NOT NULL DEFAULT 0,
    error          text NOT NULL DEFAULT '',
    created_at     timestamptz NOT NULL,     -- business time
    placed_at      timestamptz,
    ringing_at     timestamptz,
    answered_at    timestamptz,
    ended_at       timestamptz,
    duration_s     int,
    misses         int NOT NULL DEFAULT 0,   -- listings in which an unknown call was absent
    checked_at     timestamptz,              -- database time of the last look at the carrier
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id),
    FOREIGN KEY (account_id, recipient_id) REFERENCES recipients (account_id, id),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id),
    CHECK ((kind = 'campaign') = (recipient_id IS NOT NULL))
);
CREATE UNIQUE INDEX attempts_live ON attempts (phone_key)
    WHERE state IN ('placing', 'unknown', 'queued', 'initiated', 'ringing', 'in_progress');
CREATE INDEX attempts_open ON attempts (state, place_by)
    WHERE state IN ('placing', 'unknown', 'queued', 'initiated', 'ringing', 'in_progress');
CREATE INDEX attempts_recipient ON attempts (recipient_id, created_at);
CREATE INDEX attempts_phone ON attempts (account_id, phone_key, created_at DESC);

-- Every callback about a call, as received, once.
CREATE TABLE call_events (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id  uuid NOT NULL REFERENCES accounts (id),
    attempt_id  uuid NOT NULL,
    call_sid    text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('voice', 'gather', 'status', 'amd', 'fallback', 'poll')),
    dedupe      text NOT NULL,           -- sequence, step or status: what makes two of them the same
    payload     jsonb NOT NULL,
    received_at timestamptz NOT NULL,
    UNIQUE (attempt_id, kind, dedupe),
    FOREIGN KEY (account_id, attempt_id) REFERENCES attempts (account_id, id)
);

-- One row per paced thing: 'carrier' for calls, 'sms:<sender id>' for texts.
CREATE TABLE pace (
    key     text PRIMARY KEY,
    next_at timestamptz NOT NULL DEFAULT '-infinity',  -- database time of the next free slot
    held_until timestamptz NOT NULL DEFAULT '-infinity' -- breaker or back-off: nothing starts before it
);
INSERT INTO pace (key) VALUES ('carrier');

ALTER TABLE campaigns ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app ON campaigns FOR ALL TO callshu_app USING (account_id = (SELECT current_account())) WITH CHECK (account_id = (SELECT current_account()));
CREATE POLICY worker_read ON campaigns FOR SELECT TO callshu_worker USING (true);
CREATE POLICY worker_update ON campaigns FOR UPDATE TO callshu_worker USING (true);
CREATE POLICY operator_read ON campaigns FOR SELECT TO callshu_operator USING (true);
CREATE POLICY backup ON campaigns FOR SELECT TO callshu_backup USING (true);
GRANT SELECT ON campaigns TO callshu_app;
GRANT INSERT (id, account_id, name, content, audience, start_at, start_wall, start_zone, dial_until, max_attempts, retry_minutes,
              created_by, created_at, updated_at) ON campaigns TO callshu_app;
GRANT UPDATE (name, status, status_reason, content, audience, start_at, start_wall, start_zone, dial_until, max_attempts, retry_minutes, version,
              plan_hash, manifest_hash, manifest_total, launched_by, launched_at, started_at, finished_at, updated_at) ON campaigns TO callshu_app;
GRANT SELECT, UPDATE (status, status_reason, started_at, first_ring_at, finished_at, updated_at) ON campaigns TO callshu_worker;
GRANT SELECT (id, account_id, name, status, status_reason, manifest_total, launched_at, finished_at) ON campaigns TO callshu_operator;
GRANT SELECT ON campaigns TO callshu_backup;

ALTER TABLE recipients ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app ON recipients FOR ALL TO callshu_app USING (account_id = (SELECT current_account())) WITH CHECK (account_id = (SELECT current_account()));
CREATE POLICY worker_read ON recipients FOR SELECT TO callshu_worker USING (true);
CREATE POLICY worker_update ON recipients FOR UPDATE TO callshu_worker USING (true);
CREATE POLICY backup ON recipients FOR SELECT TO callshu_backup USING (true);
GRANT SELECT, INSERT, UPDATE (state, reason, finished_at, updated_at) ON recipients TO callshu_app;
GRANT SELECT, UPDATE ON recipients TO callshu_worker;
GRANT SELECT ON recipients TO callshu_backup;

ALTER TABLE attempts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app_read ON attempts FOR SELECT TO callshu_app USING (account_id = (SELECT current_account()));
CREATE POLICY worker_read ON attempts FOR SELECT TO callshu_worker USING (true);
CREATE POLICY worker_add ON attempts FOR INSERT TO callshu_worker WITH CHECK (true);
CREATE POLICY worker_update ON attempts FOR UPDATE TO callshu_worker USING (true);
CREATE POLICY backup ON attempts FOR SELECT TO callshu_backup USING (true);
GRANT SELECT ON attempts TO callshu_app, callshu_backup;
GRANT SELECT, INSERT, UPDATE ON attempts TO callshu_worker;

ALTER TABLE call_events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app_read ON call_events FOR SELECT TO callshu_app USING (account_id = (SELECT current_account()));
CREATE POLICY worker_read ON call_events FOR SELECT TO callshu_worker USING (true);
CREATE POLICY worker_add ON call_events FOR INSERT TO callshu_worker WITH CHECK (true);
CREATE POLICY backup ON call_events FOR SELECT TO callshu_backup USING (true);
GRANT SELECT ON call_events TO callshu_app, callshu_backup;
GRANT SELECT, INSERT ON call_events TO callshu_worker;

GRANT SELECT, INSERT, UPDATE ON pace TO callshu_worker;
GRANT SELECT ON pace TO callshu_operator, callshu_backup;

-- +goose Down
DROP TABLE pace, call_events, attempts, recipients, campaigns;
