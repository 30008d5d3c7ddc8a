-- Addresses of people who tried something are not kept longer than any limit
-- looks back: each hit takes a few stale ones of anybody with it.

-- +goose Up
CREATE INDEX rate_hits_at ON rate_hits (at);
-- What SELECT ... FOR UPDATE SKIP LOCKED asks for; no hit is ever changed.
GRANT UPDATE (at) ON rate_hits TO callshu_definer;

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION take_rate(wanted_bucket text, wanted_key text, wanted_limit int, wanted_window interval, wanted_now timestamptz)
    RETURNS double precision
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    hits int;
    oldest timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(wanted_bucket || E'\x1f' || wanted_key, 0));
    DELETE FROM public.rate_hits r
     WHERE r.bucket = wanted_bucket AND r.key = wanted_key AND r.at <= wanted_now - wanted_window;
    -- No window is longer than a day. Rows that somebody else holds are left to
    -- the next one, so that nobody waits for this.
    DELETE FROM public.rate_hits r WHERE r.ctid IN (
        SELECT s.ctid FROM public.rate_hits s WHERE s.at < wanted_now - interval '25 hours'
         ORDER BY s.at LIMIT 20 FOR UPDATE SKIP LOCKED);
    SELECT count(*), min(r.at) INTO hits, oldest FROM public.rate_hits r
     WHERE r.bucket = wanted_bucket AND r.key = wanted_key;
    IF hits >= wanted_limit THEN
        RETURN greatest(0.001, extract(epoch FROM oldest + wanted_window - wanted_now));
    END IF;
    INSERT INTO public.rate_hits (bucket, key, at) VALUES (wanted_bucket, wanted_key, wanted_now);
    RETURN 0;
END $$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION take_rate(wanted_bucket text, wanted_key text, wanted_limit int, wanted_window interval, wanted_now timestamptz)
    RETURNS double precision
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    hits int;
    oldest timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(wanted_bucket || E'\x1f' || wanted_key, 0));
    DELETE FROM public.rate_hits r
     WHERE r.bucket = wanted_bucket AND r.key = wanted_key AND r.at <= wanted_now - wanted_window;
    SELECT count(*), min(r.at) INTO hits, oldest FROM public.rate_hits r
     WHERE r.bucket = wanted_bucket AND r.key = wanted_key;
    IF hits >= wanted_limit THEN
        RETURN greatest(0.001, extract(epoch FROM oldest + wanted_window - wanted_now));
    END IF;
    INSERT INTO public.rate_hits (bucket, key, at) VALUES (wanted_bucket, wanted_key, wanted_now);
    RETURN 0;
END $$;
-- +goose StatementEnd
REVOKE UPDATE (at) ON rate_hits FROM callshu_definer;
DROP INDEX rate_hits_at;
