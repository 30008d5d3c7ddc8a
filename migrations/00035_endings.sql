-- How campaigns and their recipients end, who has moved since a launch, and how
-- many people one person has let ring.

-- +goose Up
-- What a person's last call came to, kept while another one is due: whoever is
-- not called again ends as that, and not as somebody who was never called.
ALTER TABLE recipients
    ADD COLUMN last_state  text CHECK (last_state IN ('no_answer', 'busy', 'failed')),  -- NULL: no call has come to anything
    ADD COLUMN last_reason text NOT NULL DEFAULT '';
GRANT UPDATE (last_state, last_reason) ON recipients TO callshu_worker;

-- Where a person is decides when they may be called (I6). Whoever is put
-- elsewhere after a launch is found by the transaction that did it: of two
-- transactions no clock tells which was committed first.
ALTER TABLE employees ADD COLUMN moved_in xid8;  -- NULL: never moved
CREATE INDEX employees_moved ON employees (moved_in) WHERE moved_in IS NOT NULL;
-- +goose StatementBegin
CREATE FUNCTION note_move() RETURNS trigger
    LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog AS $$
BEGIN
    NEW.moved_in := pg_current_xact_id();
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER moved BEFORE UPDATE ON employees FOR EACH ROW
    WHEN ((OLD.country, OLD.number_zones, OLD.time_zone) IS DISTINCT FROM (NEW.country, NEW.number_zones, NEW.time_zone)) EXECUTE FUNCTION note_move();

-- Whom a launch let ring, of manifest_total: what one person launches in a day
-- without a second one is added up. 0 for what was launched before.
ALTER TABLE campaigns ADD COLUMN manifest_callable int NOT NULL DEFAULT 0;
GRANT UPDATE (manifest_callable) ON campaigns TO callshu_app;

-- +goose Down
ALTER TABLE campaigns DROP COLUMN manifest_callable;
DROP TRIGGER moved ON employees;
DROP FUNCTION note_move();
ALTER TABLE employees DROP COLUMN moved_in;
ALTER TABLE recipients DROP COLUMN last_reason, DROP COLUMN last_state;
