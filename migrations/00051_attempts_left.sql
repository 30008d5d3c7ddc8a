-- Whoever signs in is told how many of the attempts of their address are left.

-- +goose Up
-- rate_left is how many more hits of a key its limit admits. It is right for who
-- has called take_rate in the same statement or transaction: that has taken away
-- what is too old, and holds the key's lock.
CREATE FUNCTION rate_left(wanted_bucket text, wanted_key text, wanted_limit int) RETURNS int
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ SELECT greatest(0, wanted_limit - count(*))::int FROM public.rate_hits r WHERE r.bucket = wanted_bucket AND r.key = wanted_key $$;
ALTER FUNCTION rate_left(text, text, int) OWNER TO callshu_definer;
REVOKE EXECUTE ON FUNCTION rate_left(text, text, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rate_left(text, text, int) TO callshu_app;

-- +goose Down
DROP FUNCTION rate_left(text, text, int);
