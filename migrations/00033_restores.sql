-- Which server and timeline the calls were last placed from. After a restore or
-- a failover it is another, and what the database says of the last minutes may
-- not be what happened (I12).

-- +goose Up
ALTER TABLE platform ADD COLUMN server text;  -- NULL until the first start
-- Instant, unlike the timeline of the last checkpoint.
CREATE FUNCTION database_server() RETURNS text
    LANGUAGE sql STABLE SECURITY INVOKER SET search_path = pg_catalog
    AS $$ SELECT system_identifier || '/' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) FROM pg_control_system() $$;
REVOKE EXECUTE ON FUNCTION database_server() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION database_server() TO callshu_worker;
GRANT UPDATE (server, dialling_paused_at, pause_reason) ON platform TO callshu_worker;

-- +goose Down
REVOKE UPDATE (server, dialling_paused_at, pause_reason) ON platform FROM callshu_worker;
DROP FUNCTION database_server();
ALTER TABLE platform DROP COLUMN server;
