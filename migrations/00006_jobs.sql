-- What our roles may do with the job queue's tables. They hold ids only, no
-- tenant's data, and stand outside row-level security.

-- +goose Up
-- Whoever acts inserts jobs with the act; a unique job's ON CONFLICT wants UPDATE of kind.
GRANT SELECT, INSERT, UPDATE (kind) ON river_job TO callshu_app, callshu_operator;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO callshu_app, callshu_operator, callshu_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON river_job, river_leader, river_queue, river_notification, river_migration TO callshu_worker;
GRANT SELECT ON goose_db_version TO callshu_app, callshu_worker, callshu_operator, callshu_backup;

-- +goose Down
REVOKE ALL ON river_job, river_leader, river_queue, river_notification, river_migration FROM callshu_app, callshu_operator, callshu_worker;
