-- Who may come in, and the names behind the record's opaque ids: the only tables that know persons. All of it can be erased.
SET LOCAL ROLE rumbo_owner;
SET LOCAL search_path = ledger, pg_temp;

CREATE TABLE tokens (
  id         text PRIMARY KEY,
  hash       bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),  -- SHA-256 of the token; the token itself is kept nowhere
  actor      text NOT NULL,
  name       bytea,                                                  -- sealed
  key_id     text,
  roles      text[] NOT NULL,
  bodies     text[] NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  revoked_at timestamptz
);

CREATE TABLE people (
  actor  text PRIMARY KEY,
  name   bytea NOT NULL,                                             -- sealed
  key_id text NOT NULL
);

GRANT SELECT, INSERT, UPDATE ON tokens TO rumbo_appender;
GRANT SELECT, INSERT, UPDATE, DELETE ON people TO rumbo_appender;
