-- The ledger: what was recorded, the journal of what waits, and the one function that writes.
-- Run by a superuser: it takes the advisory locks away from everybody, and keeps what people wrote out of the server's log.

-- Roles, none of which can sign in. They belong to the whole cluster, so another database may have made them already.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['rumbo_owner', 'rumbo_appender', 'rumbo_sealer', 'rumbo_auditor'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', name);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;
    END;
  END LOOP;
END $$;

-- Whoever may take an advisory lock may take the append lock and stop every plan. Only the functions below may, through
-- their owner. The unlock functions stay: they free only what a session itself holds, and drivers call them.
DO $$
DECLARE
  lock regprocedure;
BEGIN
  FOR lock IN
    SELECT oid::regprocedure FROM pg_proc
    WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ '^pg_(try_)?advisory_(xact_)?lock(_shared)?$'
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', lock);
  END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION pg_advisory_xact_lock(bigint), pg_advisory_xact_lock(int, int) TO rumbo_owner;

-- An error's detail can carry a row, and with it what people wrote; a statement its parameters.
DO $$
BEGIN
  EXECUTE format('ALTER DATABASE %I SET log_error_verbosity = terse', current_database());
  EXECUTE format('ALTER DATABASE %I SET log_min_error_statement = panic', current_database());
  EXECUTE format('ALTER DATABASE %I SET log_parameter_max_length = 0', current_database());
  EXECUTE format('ALTER DATABASE %I SET log_parameter_max_length_on_error = 0', current_database());
END $$;

ALTER SCHEMA ledger OWNER TO rumbo_owner;
SET LOCAL ROLE rumbo_owner;
SET LOCAL search_path = ledger, pg_temp;

-- ---------------------------------------------------------------- the record

CREATE TABLE identity (
  one        boolean PRIMARY KEY DEFAULT true CHECK (one),
  origin     text NOT NULL CHECK (origin <> ''),
  min_reader int NOT NULL DEFAULT 1,
  mode       text NOT NULL CHECK (mode IN ('live', 'rehearsal'))
);

-- The dense counter: the next entry's position, which is its index among the Merkle leaves.
CREATE TABLE head (
  one  boolean PRIMARY KEY DEFAULT true CHECK (one),
  size bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO head (size) VALUES (0);

CREATE TABLE streams (
  plan      text PRIMARY KEY,
  version   int NOT NULL CHECK (version > 0),
  last_hash bytea NOT NULL CHECK (octet_length(last_hash) = 32)
) WITH (fillfactor = 70);

-- envelope and data are json, never jsonb: the bytes that were hashed are the bytes that are kept.
CREATE TABLE events (
  position     bigint PRIMARY KEY CHECK (position >= 0),
  plan         text NOT NULL,
  version      int NOT NULL CHECK (version > 0),
  id           text NOT NULL GENERATED ALWAYS AS (envelope ->> 'id') STORED,
  kind         text NOT NULL GENERATED ALWAYS AS (envelope ->> 'kind') STORED,
  committed_at timestamptz NOT NULL DEFAULT clock_timestamp(),  -- informative, never hashed
  envelope     json NOT NULL,
  data         json NOT NULL,
  salt         bytea NOT NULL CHECK (octet_length(salt) = 16),
  prev         bytea NOT NULL CHECK (octet_length(prev) = 32),
  leaf_hash    bytea NOT NULL,
  UNIQUE (plan, version),
  -- The leaf binds where the entry stands, the one before it, and both texts by their digests.
  CONSTRAINT leaf_hash_fits CHECK (leaf_hash = sha256('\x00'::bytea || convert_to(
    plan || E'\n' || version || E'\n' || encode(prev, 'hex') || E'\n'
    || encode(sha256(convert_to(envelope::text, 'UTF8')), 'hex') || E'\n'
    || encode(sha256(salt || convert_to(data::text, 'UTF8')), 'hex') || E'\n', 'UTF8'))),
  -- jsonb takes neither U+0000 nor half a surrogate pair: what it takes, every query can be asked about.
  CONSTRAINT readable CHECK (envelope::jsonb IS NOT NULL AND data::jsonb IS NOT NULL)
);

CREATE TABLE outcomes (
  plan        text NOT NULL,
  actor       text NOT NULL,
  command     text NOT NULL,
  outcome     text NOT NULL CHECK (outcome IN ('recorded', 'refused')),
  versions    int[] NOT NULL,
  code        text CHECK ((code IS NOT NULL) = (outcome = 'refused')),
  params      json NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (plan, actor, command)
);

-- What opens the seals of a command. Encrypted under a key that lies elsewhere; destroying that key is what erases.
CREATE TABLE sealed (
  plan       text NOT NULL,
  actor      text NOT NULL,
  command    text NOT NULL,
  path       text NOT NULL,
  key_id     text NOT NULL,
  ciphertext bytea NOT NULL,
  PRIMARY KEY (plan, actor, command, path)
);

-- ---------------------------------------------------------------- the journal

CREATE TABLE journal (
  number        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  plan          text NOT NULL,
  actor         text NOT NULL,
  command       text NOT NULL,
  kind          text NOT NULL,
  on_behalf_of  text,
  role          text NOT NULL,
  accepted_at   timestamptz NOT NULL,
  effective_at  text,
  body          bytea CHECK (octet_length(body) <= 1048576 + 64),
  salt          bytea NOT NULL,
  key_id        text,
  commitment    bytea NOT NULL CHECK (octet_length(commitment) = 32),
  signature     bytea NOT NULL CHECK (octet_length(signature) = 64),
  gateway_key   text NOT NULL,
  journalled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  handled_at    timestamptz,
  UNIQUE (plan, actor, command),
  CONSTRAINT body_until_handled CHECK ((body IS NULL) = (handled_at IS NOT NULL))
);
ALTER TABLE journal ALTER COLUMN body SET STORAGE EXTERNAL;  -- ciphertext does not compress
CREATE INDEX journal_waiting ON journal (plan, number) WHERE handled_at IS NULL;

-- The sweeper's memory: when a plan with waiting commands is to be woken next.
CREATE TABLE sweeps (
  plan     text PRIMARY KEY,
  oldest   bigint NOT NULL,  -- the command it waited for then; when that is handled, the back-off begins anew
  attempts int NOT NULL,
  next_at  timestamptz NOT NULL
);

CREATE TABLE sweeper (
  one    boolean PRIMARY KEY DEFAULT true CHECK (one),
  holder text NOT NULL,
  until  timestamptz NOT NULL
);

-- ---------------------------------------------------------------- the read model

CREATE TABLE plans (
  plan    text PRIMARY KEY,
  version int NOT NULL,
  summary json NOT NULL CONSTRAINT summary_is_short CHECK (octet_length(summary::text) <= 8192)
) WITH (fillfactor = 70);

-- ---------------------------------------------------------------- append only

CREATE FUNCTION deny() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION deny();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON outcomes FOR EACH STATEMENT EXECUTE FUNCTION deny();

-- ---------------------------------------------------------------- the one way in

CREATE TYPE new_event AS (envelope json, data json, salt bytea, leaf_hash bytea);
CREATE TYPE new_outcome AS (actor text, command text, outcome text, versions int[], code text, params json);
CREATE TYPE new_opening AS (actor text, command text, path text, key_id text, ciphertext bytea);
CREATE TYPE new_write AS (
  plan text, expected int, prev bytea, summary json,
  events new_event[], outcomes new_outcome[], openings new_opening[], handled bigint[]
);

-- The lock of all writers. Commit order is position order because it is held from the first act to the commit.
CREATE FUNCTION take_append_lock() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the ledger is written in READ COMMITTED only' USING ERRCODE = 'invalid_transaction_state';
  END IF;
  PERFORM pg_advisory_xact_lock(x'72756d626f'::bigint);  -- "rumbo"
END $$;

-- Appends a group of writes. Each is judged by itself: stored whole, or not at all because it no longer fits.
-- What does not fit is found by looking, under the lock; an error would undo the whole group.
-- Planned once a session, and to look up by key what it was given: planning anew cost more than a small write itself, and
-- a plan made while a table was empty would read all of it when it is large.
CREATE FUNCTION append(writes new_write[])
RETURNS TABLE (nth int, verdict text, at_version int, first_position bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
  base     bigint;
  added    bigint;
  verdicts text[];
BEGIN
  PERFORM take_append_lock();
  SELECT size INTO base FROM head WHERE one;

  -- Of several writes to one plan that fit, the first is taken; the others then no longer do.
  WITH judged AS (
    SELECT w.nth, w.plan, CASE
        WHEN EXISTS (SELECT FROM unnest(w.outcomes) n WHERE (
            SELECT true FROM outcomes o WHERE o.plan = w.plan AND o.actor = n.actor AND o.command = n.command))
          THEN 'outcome'
        WHEN coalesce(s.version, 0) <> w.expected OR coalesce(s.last_hash, decode(repeat('00', 32), 'hex')) <> w.prev
          THEN 'version'
        ELSE 'written' END AS verdict
    FROM unnest(writes) WITH ORDINALITY
      AS w(plan, expected, prev, summary, events, outcomes, openings, handled, nth)
    LEFT JOIN streams s ON s.plan = w.plan)
  SELECT array_agg(
      CASE WHEN verdict = 'written' AND earlier > 1 THEN 'version' ELSE verdict END ORDER BY nth)
    INTO verdicts
    FROM (SELECT *, row_number() OVER (PARTITION BY plan, verdict ORDER BY nth) AS earlier FROM judged) j;

  -- Each entry is stored with the hash of the one before it; its own hash fits only if it was made with that one.
  INSERT INTO events (position, plan, version, envelope, data, salt, prev, leaf_hash)
    SELECT base - 1 + row_number() OVER (ORDER BY w.nth, e.nth), w.plan, w.expected + e.nth, e.envelope, e.data, e.salt,
      lag(e.leaf_hash, 1, w.prev) OVER (PARTITION BY w.nth ORDER BY e.nth), e.leaf_hash
    FROM unnest(writes) WITH ORDINALITY AS w(plan, expected, prev, summary, events, outcomes, openings, handled, nth)
    CROSS JOIN unnest(w.events) WITH ORDINALITY AS e(envelope, data, salt, leaf_hash, nth)
    WHERE verdicts[w.nth] = 'written';
  GET DIAGNOSTICS added = ROW_COUNT;

  INSERT INTO streams AS s (plan, version, last_hash)
    SELECT w.plan, w.expected + cardinality(w.events), (w.events[cardinality(w.events)]).leaf_hash
    FROM unnest(writes) WITH ORDINALITY AS w(plan, expected, prev, summary, events, outcomes, openings, handled, nth)
    WHERE verdicts[w.nth] = 'written' AND cardinality(w.events) > 0
    ON CONFLICT (plan) DO UPDATE SET version = excluded.version, last_hash = excluded.last_hash;

  INSERT INTO outcomes (plan, actor, command, outcome, versions, code, params)
    SELECT w.plan, o.actor, o.command, o.outcome, o.versions, o.code, o.params
    FROM unnest(writes) WITH ORDINALITY AS w(plan, expected, prev, summary, events, outcomes, openings, handled, nth)
    CROSS JOIN unnest(w.outcomes) AS o
    WHERE verdicts[w.nth] = 'written';

  INSERT INTO sealed (plan, actor, command, path, key_id, ciphertext)
    SELECT w.plan, o.actor, o.command, o.path, o.key_id, o.ciphertext
    FROM unnest(writes) WITH ORDINALITY AS w(plan, expected, prev, summary, events, outcomes, openings, handled, nth)
    CROSS JOIN unnest(w.openings) AS o
    WHERE verdicts[w.nth] = 'written';

  UPDATE journal j SET handled_at = clock_timestamp(), body = NULL
    FROM unnest(writes) WITH ORDINALITY AS w(plan, expected, prev, summary, events, outcomes, openings, handled, nth)
    CROSS JOIN unnest(w.handled) AS h(number)
    WHERE verdicts[w.nth] = 'written' AND j.number = h.number
      -- Of its plan, and waiting; said so that no index but the number's fits, since a plan's commands grow with its age.
      AND j.plan || '' = w.plan AND j.body IS NOT NULL;

  INSERT INTO plans AS p (plan, version, summary)
    SELECT w.plan, w.expected + cardinality(w.events), w.summary
    FROM unnest(writes) WITH ORDINALITY AS w(plan, expected, prev, summary, events, outcomes, openings, handled, nth)
    WHERE verdicts[w.nth] = 'written' AND w.summary IS NOT NULL
    ON CONFLICT (plan) DO UPDATE SET version = excluded.version, summary = excluded.summary;

  IF added > 0 THEN
    UPDATE head SET size = base + added WHERE one;
    PERFORM pg_notify('ledger', (base + added)::text);
  END IF;

  RETURN QUERY
    SELECT w.nth::int, verdicts[w.nth], coalesce(s.version, 0),
      CASE WHEN verdicts[w.nth] = 'written' AND cardinality(w.events) > 0 THEN
        base + sum(CASE WHEN verdicts[w.nth] = 'written' THEN cardinality(w.events) ELSE 0 END)
          OVER (ORDER BY w.nth)::bigint - cardinality(w.events) END
    FROM unnest(writes) WITH ORDINALITY AS w(plan, expected, prev, summary, events, outcomes, openings, handled, nth)
    LEFT JOIN streams s ON s.plan = w.plan
    ORDER BY w.nth;
END $$;

-- Rewrites rows of the read model, folded anew at these versions; a plan that has moved on meanwhile is left out and not named.
CREATE FUNCTION rebuild(folded text[], versions int[], summaries json[]) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM take_append_lock();
  RETURN QUERY
    INSERT INTO plans AS p (plan, version, summary)
      SELECT f.plan, f.version, f.summary
      FROM unnest(folded, versions, summaries) AS f(plan, version, summary)
      JOIN streams s ON s.plan = f.plan AND s.version = f.version
      ON CONFLICT (plan) DO UPDATE SET version = excluded.version, summary = excluded.summary
      RETURNING p.plan;
END $$;

-- Removes rows of the read model that no stream stands behind.
CREATE FUNCTION prune() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_temp AS $$
BEGIN
  PERFORM take_append_lock();
  DELETE FROM plans p WHERE NOT EXISTS (SELECT FROM streams s WHERE s.plan = p.plan);
END $$;

-- ---------------------------------------------------------------- the way into the journal

CREATE TYPE new_command AS (
  plan text, actor text, command text, kind text, on_behalf_of text, role text, accepted_at timestamptz,
  effective_at text, body bytea, salt bytea, key_id text, commitment bytea, signature bytea, gateway_key text
);

-- Journals commands, each unless its key is taken, too many wait, or it was accepted over 3 s ago. One caller at a time for
-- each plan, until the commit, so that a later number is never seen before an earlier one: the journal is the order.
-- Appending does not wait for these locks.
CREATE FUNCTION accept(said new_command[], most int) RETURNS TABLE (nth int, verdict text, number bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  lock  int;
  stale timestamptz := '-infinity';
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the journal is written in READ COMMITTED only' USING ERRCODE = 'invalid_transaction_state';
  END IF;
  FOR lock IN SELECT DISTINCT hashtext(s.plan) FROM unnest(said) s ORDER BY 1 LOOP  -- in order: nobody waits in a ring
    PERFORM pg_advisory_xact_lock(x'72756d62'::int, lock);
  END LOOP;
  -- Of a live ledger, and under the locks: whoever comes to hold one next (`journal_time` does) knows how old at most what
  -- follows can be.
  IF EXISTS (SELECT FROM identity WHERE one AND mode = 'live') THEN
    stale := clock_timestamp() - interval '3 seconds';
  END IF;

  RETURN QUERY
    WITH asked AS (
      SELECT s.*, s.accepted_at < stale AS late,
        s.nth = min(s.nth) FILTER (WHERE s.accepted_at >= stale) OVER (PARTITION BY s.plan, s.actor, s.command) AS first,
        (SELECT j.number FROM journal j WHERE j.plan = s.plan AND j.actor = s.actor AND j.command = s.command) AS standing
      FROM unnest(said) WITH ORDINALITY AS s(plan, actor, command, kind, on_behalf_of, role, accepted_at, effective_at,
        body, salt, key_id, commitment, signature, gateway_key, nth)),
    room AS MATERIALIZED (  -- counted once a plan
      SELECT p.plan, most - (SELECT count(*) FROM (
          SELECT FROM journal j WHERE j.plan = p.plan AND j.handled_at IS NULL LIMIT most) waiting) AS left
      FROM (SELECT DISTINCT plan FROM asked) p),
    judged AS (
      SELECT a.*, CASE
          WHEN a.standing IS NOT NULL THEN 'standing'
          WHEN count(*) FILTER (WHERE a.first AND a.standing IS NULL) OVER (PARTITION BY a.plan ORDER BY a.nth) > r.left
            THEN 'full'
          WHEN a.late THEN 'stale'
          ELSE 'new' END AS verdict
      FROM asked a JOIN room r USING (plan)),
    stored AS (
      INSERT INTO journal AS j (plan, actor, command, kind, on_behalf_of, role, accepted_at, effective_at, body, salt,
          key_id, commitment, signature, gateway_key)
        SELECT plan, actor, command, kind, on_behalf_of, role, accepted_at, effective_at, body, salt,
          key_id, commitment, signature, gateway_key
        FROM judged WHERE verdict = 'new' AND first ORDER BY nth
        RETURNING j.plan, j.actor, j.command, j.number)
    SELECT j.nth::int, CASE WHEN s.number IS NOT NULL AND NOT j.first THEN 'standing' ELSE j.verdict END,
      coalesce(j.standing, s.number)
    FROM judged j LEFT JOIN stored s USING (plan, actor, command)
    ORDER BY j.nth;
END $$;

-- The time, once nobody is journalling for this plan. The lock is let go of only after a commit can be seen, so whoever looks
-- into the journal afterwards sees all that was accepted up to 3 s before; no slow commit and no frozen gateway adds to it.
CREATE FUNCTION journal_time(of_plan text) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(x'72756d62'::int, hashtext(of_plan));
  RETURN clock_timestamp();
END $$;

-- ---------------------------------------------------------------- who may what

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT USAGE ON SCHEMA ledger TO rumbo_appender, rumbo_sealer, rumbo_auditor;
GRANT EXECUTE ON FUNCTION append, rebuild, prune, accept, journal_time TO rumbo_appender;
GRANT SELECT ON identity, head, streams, events, outcomes, sealed, journal, plans TO rumbo_appender;
GRANT INSERT ON identity TO rumbo_appender;
GRANT DELETE ON sealed TO rumbo_appender;
GRANT SELECT, INSERT, UPDATE, DELETE ON sweeps, sweeper TO rumbo_appender;
GRANT SELECT ON identity, head, streams, events, outcomes, plans TO rumbo_auditor;
GRANT SELECT (number, plan, actor, command, kind, on_behalf_of, role, accepted_at, effective_at, commitment, signature,
  gateway_key, journalled_at, handled_at) ON journal TO rumbo_auditor;
