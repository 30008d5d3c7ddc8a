-- Who may let many phones ring: a second person above a size that each account
-- sets for itself, and operators, who may stop one account's calls.

-- +goose Up
ALTER TABLE accounts
    ADD COLUMN two_person_above        int CHECK (two_person_above BETWEEN 0 AND 100000),  -- NULL: off
    ADD COLUMN dialling_paused_at      timestamptz,
    ADD COLUMN dialling_pause_reason   text NOT NULL DEFAULT '',
    ADD CONSTRAINT accounts_dialling_pause CHECK ((dialling_paused_at IS NULL) = (dialling_pause_reason = ''));
GRANT UPDATE (two_person_above) ON accounts TO callshu_app;
GRANT UPDATE (dialling_paused_at, dialling_pause_reason) ON accounts TO callshu_operator;

-- An employer is told why its campaigns wait.
GRANT SELECT ON platform TO callshu_app;

-- A request that a second person let a campaign start. It is bound to one exact
-- plan; of one campaign at most one is open.
CREATE TABLE launch_approvals (
    id          uuid NOT NULL PRIMARY KEY,
    seq         bigint GENERATED ALWAYS AS IDENTITY,  -- the newest of a campaign is the one that counts
    account_id  uuid NOT NULL,
    campaign_id uuid NOT NULL,
    plan_hash   text NOT NULL,
    callable    int NOT NULL,            -- whom the plan rings ...
    total       int NOT NULL,            -- ... of how many
    asked_by    uuid NOT NULL,
    asked_at    timestamptz NOT NULL,
    state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'approved', 'refused', 'withdrawn', 'void')),
    reason      text NOT NULL DEFAULT '', -- of a refusal in the person's words; of a void one as a code
    decided_by  uuid,
    decided_at  timestamptz,
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id),
    FOREIGN KEY (account_id, asked_by) REFERENCES users (account_id, id),
    FOREIGN KEY (account_id, decided_by) REFERENCES users (account_id, id),
    CHECK ((state = 'waiting') = (decided_at IS NULL) AND (state = 'waiting') = (decided_by IS NULL)),
    -- Whatever the code does: nobody is their own second person.
    CONSTRAINT launch_approvals_two_people CHECK (state NOT IN ('approved', 'refused') OR decided_by <> asked_by)
);
CREATE UNIQUE INDEX launch_approvals_open ON launch_approvals (campaign_id) WHERE state = 'waiting';
CREATE INDEX launch_approvals_campaign ON launch_approvals (campaign_id, seq DESC);

-- A wish to raise the size or to switch the second person off waits for another
-- owner: else who needs approval would do away with it first.
CREATE TABLE two_person_changes (
    id         uuid NOT NULL PRIMARY KEY,
    account_id uuid NOT NULL,
    wanted     int CHECK (wanted BETWEEN 0 AND 100000),  -- NULL: off
    asked_by   uuid NOT NULL,
    asked_at   timestamptz NOT NULL,
    state      text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'confirmed', 'refused', 'withdrawn', 'replaced')),
    decided_by uuid,
    decided_at timestamptz,
    FOREIGN KEY (account_id, asked_by) REFERENCES users (account_id, id),
    FOREIGN KEY (account_id, decided_by) REFERENCES users (account_id, id),
    CHECK ((state = 'waiting') = (decided_at IS NULL) AND (state = 'waiting') = (decided_by IS NULL)),
    CONSTRAINT two_person_changes_two_people CHECK (state NOT IN ('confirmed', 'refused') OR decided_by <> asked_by)
);
CREATE UNIQUE INDEX two_person_changes_open ON two_person_changes (account_id) WHERE state = 'waiting';

ALTER TABLE launch_approvals ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app ON launch_approvals FOR ALL TO callshu_app USING (account_id = (SELECT current_account())) WITH CHECK (account_id = (SELECT current_account()));
CREATE POLICY backup ON launch_approvals FOR SELECT TO callshu_backup USING (true);
GRANT SELECT ON launch_approvals TO callshu_app, callshu_backup;
GRANT INSERT (id, account_id, campaign_id, plan_hash, callable, total, asked_by, asked_at) ON launch_approvals TO callshu_app;
GRANT UPDATE (state, reason, decided_by, decided_at) ON launch_approvals TO callshu_app;

ALTER TABLE two_person_changes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY app ON two_person_changes FOR ALL TO callshu_app USING (account_id = (SELECT current_account())) WITH CHECK (account_id = (SELECT current_account()));
CREATE POLICY backup ON two_person_changes FOR SELECT TO callshu_backup USING (true);
GRANT SELECT ON two_person_changes TO callshu_app, callshu_backup;
GRANT INSERT (id, account_id, wanted, asked_by, asked_at) ON two_person_changes TO callshu_app;
GRANT UPDATE (state, decided_by, decided_at) ON two_person_changes TO callshu_app;

-- +goose Down
DROP TABLE two_person_changes, launch_approvals;
REVOKE SELECT ON platform FROM callshu_app;
ALTER TABLE accounts DROP CONSTRAINT accounts_dialling_pause, DROP COLUMN dialling_pause_reason, DROP COLUMN dialling_paused_at, DROP COLUMN two_person_above;
