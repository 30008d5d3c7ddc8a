-- Quiet hours and a pause that a person sets on their own page, for their
-- phone whatever the employer.

-- +goose Up
-- quiet_from and quiet_until are the span that is on, or else the next one; Go
-- computes them from our own zone data, SQL compares instants and nothing else.
-- A phone may ring only before quiet_from: one whose span has passed waits
-- until the dialler has written the next one.
ALTER TABLE phone_gates
    ADD COLUMN quiet_start  smallint CHECK (quiet_start BETWEEN 0 AND 1439),  -- minutes of the local day
    ADD COLUMN quiet_end    smallint CHECK (quiet_end BETWEEN 0 AND 1439),    -- before quiet_start: past midnight
    ADD COLUMN quiet_zone   text,             -- IANA zone of both, kept when quiet hours are cleared
    ADD COLUMN quiet_from   timestamptz,
    ADD COLUMN quiet_until  timestamptz,
    ADD COLUMN paused_until timestamptz,
    ADD CONSTRAINT phone_gates_quiet CHECK (
        num_nulls(quiet_start, quiet_end, quiet_from, quiet_until) = 4
        OR num_nulls(quiet_start, quiet_end, quiet_zone, quiet_from, quiet_until) = 0
           AND quiet_start <> quiet_end AND quiet_from < quiet_until);
CREATE INDEX phone_gates_quiet_until ON phone_gates (quiet_until) WHERE quiet_until IS NOT NULL;
CREATE INDEX phone_gates_paused_until ON phone_gates (paused_until) WHERE paused_until IS NOT NULL;

-- What a plan must know: who of the tenant's own people, having said yes to it,
-- has asked for quiet. Of anybody else a tenant learns nothing.
CREATE FUNCTION quiet_people(at timestamptz)
    RETURNS TABLE (phone_key bytea, call_zone text, quiet_start smallint, quiet_end smallint, quiet_zone text, paused_until timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ SELECT g.phone_key, e.call_zone, g.quiet_start, g.quiet_end, g.quiet_zone, g.paused_until
          FROM public.phone_gates g
          JOIN public.employees e ON e.phone_key = g.phone_key AND e.account_id = public.current_account() AND e.deleted_at IS NULL
          JOIN public.consents k ON k.account_id = e.account_id AND k.phone_key = e.phone_key AND k.state = 'opted_in'
          WHERE g.quiet_until IS NOT NULL OR g.paused_until > at $$;
CREATE POLICY definer_read ON employees FOR SELECT TO callshu_definer USING (account_id = (SELECT current_account()));
GRANT SELECT (account_id, phone_key, call_zone, deleted_at) ON employees TO callshu_definer;
ALTER FUNCTION quiet_people(timestamptz) OWNER TO callshu_definer;
REVOKE EXECUTE ON FUNCTION quiet_people(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION quiet_people(timestamptz) TO callshu_app;

-- +goose Down
DROP FUNCTION quiet_people(timestamptz);
REVOKE SELECT (account_id, phone_key, call_zone, deleted_at) ON employees FROM callshu_definer;
DROP POLICY definer_read ON employees;
DROP INDEX phone_gates_paused_until, phone_gates_quiet_until;
ALTER TABLE phone_gates DROP CONSTRAINT phone_gates_quiet, DROP COLUMN paused_until, DROP COLUMN quiet_until, DROP COLUMN quiet_from,
    DROP COLUMN quiet_zone, DROP COLUMN quiet_end, DROP COLUMN quiet_start;
