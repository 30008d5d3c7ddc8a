#!/usr/bin/env bash
# gpg --decrypt FILE | restore.sh: puts a backup into the database that
# MIGRATION_DATABASE_URL names, as superuser: row-level security binds even the
# owner of the tables.
#
# Before: `callshu migrate` on that database, for the roles; nothing serves.
# After: `callshu migrate` again, for a backup older than the program, then
# `callshu audit verify`. Refuses a database that holds any account, and any role
# from whom they could be hidden. Needs bash, psql and pg_restore. The backup comes back whole or not at all.
set -euo pipefail
[ $# = 0 ] || { echo "usage: gpg --decrypt FILE | MIGRATION_DATABASE_URL=... $0" >&2; exit 2; }
: "${MIGRATION_DATABASE_URL:?is not set}"
# In production a plaintext way is refused here as it is by the product.
guarded='[?&]sslmode=verify-full($|&)|[?&]host=(/|%2[Ff])([^,%]|%2[Ff])*$' twice='[?&]sslmode=.*[?&]sslmode='
if [ "${APP_ENV:-}" = production ] && { ! [[ $MIGRATION_DATABASE_URL =~ $guarded ]] || [[ $MIGRATION_DATABASE_URL =~ $twice ]]; }; then
	echo "MIGRATION_DATABASE_URL must say sslmode=verify-full in production (or name a unix socket)" >&2
	exit 2
fi

# The password goes through the environment: a command line is anybody's to read.
url=$MIGRATION_DATABASE_URL
if [[ $url =~ ^([a-z]+://[^:/@]+):([^@/]*)@(.*)$ ]]; then
	password=${BASH_REMATCH[2]//\\/\\\\}
	printf -v PGPASSWORD '%b' "${password//%/\\x}"
	export PGPASSWORD
	url=${BASH_REMATCH[1]}@${BASH_REMATCH[3]}
fi
ask() { psql --dbname="$url" --no-psqlrc --quiet --no-align --tuples-only --set=ON_ERROR_STOP=1 --no-password --command="$1"; }

# Whoever row-level security binds sees no accounts in a database full of them.
[ "$(ask "SHOW is_superuser")" = on ] || { echo "MIGRATION_DATABASE_URL names no superuser; nothing was touched" >&2; exit 1; }
[ "$(ask "SELECT count(*) FROM pg_roles WHERE rolname IN ('callshu_owner', 'callshu_definer', 'callshu_app', 'callshu_operator', 'callshu_worker', 'callshu_backup')")" = 6 ] ||
	{ echo "the roles are missing: run callshu migrate first" >&2; exit 1; }
if [ "$(ask "SELECT to_regclass('public.accounts') IS NOT NULL")" = t ] && [ "$(ask "SELECT EXISTS (SELECT FROM public.accounts)")" = t ]; then
	echo "this database holds accounts; nothing was touched" >&2
	exit 1
fi
ask "SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner;
	COMMENT ON SCHEMA public IS 'standard public schema';"
pg_restore --dbname="$url" --single-transaction --exit-on-error --no-password
echo "restored $(ask "SELECT count(*) FROM public.accounts") accounts; next: callshu migrate, callshu audit verify"
