#!/usr/bin/env bash
# backup.sh FOLDER PUBLIC_KEY: one encrypted backup of the whole database.
#
# Reads as callshu_backup (BACKUP_DATABASE_URL), who can change nothing. What
# pg_dump writes goes straight into gpg: nothing is on disk that the owner of
# the private key alone cannot read, and this machine has only the public one
# (`gpg --export --armor you@example.com > backup.pub`). Needs bash, gpg and
# pg_dump of the server's version or newer. Prints the name of the file.
set -euo pipefail
umask 077
[ $# = 2 ] || { echo "usage: BACKUP_DATABASE_URL=... $0 FOLDER PUBLIC_KEY" >&2; exit 2; }
folder=$1 key=$2
: "${BACKUP_DATABASE_URL:?is not set}"
# In production a plaintext way is refused here as it is by the product.
guarded='[?&]sslmode=verify-full($|&)|[?&]host=(/|%2[Ff])([^,%]|%2[Ff])*$' twice='[?&]sslmode=.*[?&]sslmode='
if [ "${APP_ENV:-}" = production ] && { ! [[ $BACKUP_DATABASE_URL =~ $guarded ]] || [[ $BACKUP_DATABASE_URL =~ $twice ]]; }; then
	echo "BACKUP_DATABASE_URL must say sslmode=verify-full in production (or name a unix socket)" >&2
	exit 2
fi
[ -d "$folder" ] || { echo "$folder is not a folder" >&2; exit 2; }
[ -s "$key" ] || { echo "$key is no public key" >&2; exit 2; }

# The password goes through the environment: a command line is anybody's to read.
url=$BACKUP_DATABASE_URL
if [[ $url =~ ^([a-z]+://[^:/@]+):([^@/]*)@(.*)$ ]]; then
	password=${BASH_REMATCH[2]//\\/\\\\}
	printf -v PGPASSWORD '%b' "${password//%/\\x}"
	export PGPASSWORD
	url=${BASH_REMATCH[1]}@${BASH_REMATCH[3]}
fi

GNUPGHOME=$(mktemp -d)
export GNUPGHOME
name=$folder/callshu-$(date -u +%Y%m%dT%H%M%SZ).dump.gpg
trap 'rm -rf "$GNUPGHOME" "$name.part"' EXIT

# Row-level security stays on: the role's policies show it every row, and a
# table without one would be an error of a test rather than of this.
pg_dump --dbname="$url" --format=custom --enable-row-security --no-password |
	gpg --batch --quiet --no-keyring --trust-model always --compress-algo none --recipient-file "$key" --output "$name.part" --encrypt
mv "$name.part" "$name" # what bears the name is whole
echo "$name"
