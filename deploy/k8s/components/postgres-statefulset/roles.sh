#!/bin/sh
# Run by the image when the volume is empty: for each database its roles, and the database, whose owner migrates it.
set -eu

role() {
  psql --username postgres --quiet --set ON_ERROR_STOP=1 --set "name=$1" --set "password=$(cat "/roles/$2/password")" <<'SQL'
create role :"name" login password :'password';
SQL
}

for database in order catalog payment analytics; do
  role "$database" "$database"
  role "${database}_owner" "$database-owner"
  psql --username postgres --quiet --set ON_ERROR_STOP=1 --set "name=$database" --set "owner=${database}_owner" <<'SQL'
create database :"name" owner :"owner" template template0;
revoke all on database :"name" from public;
grant connect on database :"name" to :"name";
SQL
done
role analytics_reader analytics-reader
psql --username postgres --quiet --set ON_ERROR_STOP=1 --command 'grant connect on database analytics to analytics_reader'
