-- What callshu_backup needs to dump all of it: every table and sequence, the
-- job queue's too, and those of migrations to come.

-- +goose Up
GRANT SELECT ON ALL TABLES IN SCHEMA public TO callshu_backup;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO callshu_backup;
-- Of the role that migrates, which is the owner. A table under row-level
-- security still needs its policy; a catalogue test asks for it.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO callshu_backup;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON SEQUENCES TO callshu_backup;

-- A dump that is restored into the same server leaves system and timeline as
-- they were. The table then is another one: its oid tells (I12).
CREATE OR REPLACE FUNCTION database_server() RETURNS text
    LANGUAGE sql STABLE SECURITY INVOKER SET search_path = pg_catalog
    AS $$ SELECT system_identifier || '/' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) || '/' || 'public.platform'::regclass::oid FROM pg_control_system() $$;
UPDATE platform SET server = server || '/' || 'public.platform'::regclass::oid WHERE server IS NOT NULL;

-- +goose Down
UPDATE platform SET server = left(server, -1 - length('public.platform'::regclass::oid::text)) WHERE server IS NOT NULL;
CREATE OR REPLACE FUNCTION database_server() RETURNS text
    LANGUAGE sql STABLE SECURITY INVOKER SET search_path = pg_catalog
    AS $$ SELECT system_identifier || '/' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) FROM pg_control_system() $$;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON SEQUENCES FROM callshu_backup;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON TABLES FROM callshu_backup;
REVOKE SELECT ON ALL SEQUENCES IN SCHEMA public FROM callshu_backup;
REVOKE SELECT ON river_job, river_leader, river_queue, river_notification, river_migration FROM callshu_backup;
