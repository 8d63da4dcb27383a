#!/bin/sh
# Runs once, when PostgreSQL's folder is new: one role and one database for the product, one for Prefect.
# The file of the secrets has two lines: RENEWAL_PASSWORD=... and PREFECT_PASSWORD=...
set -eu
. /run/secrets/postgres_roles

make() {
    psql --username postgres --set ON_ERROR_STOP=1 --set role="$1" --set password="$2" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"role" OWNER :"role";
REVOKE ALL ON DATABASE :"role" FROM PUBLIC;
SQL
}

make renewal "$RENEWAL_PASSWORD"
make prefect "$PREFECT_PASSWORD"
# Prefect's rows can be rebuilt from the product's, so its commits need not wait for the disk. Never for the product's.
psql --username postgres --set ON_ERROR_STOP=1 --dbname prefect <<'SQL'
CREATE EXTENSION IF NOT EXISTS pg_trgm;
ALTER DATABASE prefect SET synchronous_commit = off;
ALTER DATABASE prefect SET jit = off;
SQL
