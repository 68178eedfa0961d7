-- The tree over the whole log, what was signed of it, who cosigned that, and where it broke.
SET LOCAL ROLE rumbo_owner;
SET LOCAL search_path = ledger, pg_temp;

-- The root of every full subtree of 256^level leaves (RFC 6962); level 0 is events.leaf_hash. Worked out from the leaves,
-- and no proof rests on trusting it.
CREATE TABLE tree (
  level smallint NOT NULL CHECK (level > 0),
  index bigint NOT NULL CHECK (index >= 0),
  hash  bytea NOT NULL CHECK (octet_length(hash) = 32),
  PRIMARY KEY (level, index)
);

-- Every checkpoint that was ever published, as it was signed (C2SP tlog-checkpoint).
CREATE TABLE checkpoints (
  origin    text NOT NULL,
  size      bigint NOT NULL CHECK (size >= 0),
  note      text NOT NULL,
  sealed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (origin, size)
);

-- Signature lines of witnesses (C2SP tlog-cosignature) on those.
CREATE TABLE cosignatures (
  origin  text NOT NULL,
  size    bigint NOT NULL,
  witness text NOT NULL,
  line    text NOT NULL,
  PRIMARY KEY (origin, size, witness),
  FOREIGN KEY (origin, size) REFERENCES checkpoints
);

-- A log that the ledger is no extension of any more: nothing is accepted or appended under that origin.
CREATE TABLE forks (
  origin   text PRIMARY KEY,
  size     bigint NOT NULL,             -- of the last checkpoint
  root     bytea NOT NULL,
  found    bigint NOT NULL,             -- the ledger's size when it was found out
  found_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoints
  FOR EACH STATEMENT EXECUTE FUNCTION deny();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cosignatures
  FOR EACH STATEMENT EXECUTE FUNCTION deny();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON forks
  FOR EACH STATEMENT EXECUTE FUNCTION deny();

CREATE FUNCTION hold_unforked() RETURNS trigger LANGUAGE plpgsql SET search_path = ledger, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM forks JOIN identity USING (origin)) THEN
    RAISE EXCEPTION 'the ledger is no extension of what its log signed'
      USING ERRCODE = 'object_not_in_prerequisite_state', CONSTRAINT = 'log_forked';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER unforked BEFORE INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION hold_unforked();
-- For each row: who only asks again for what stands in the journal is told so, forked or not.
CREATE TRIGGER unforked BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION hold_unforked();

-- Goes on under another origin; whether it did. The tree is worked out anew from the leaves that are there.
CREATE FUNCTION go_on_as(next text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_temp AS $$
BEGIN
  PERFORM take_append_lock();
  UPDATE identity i SET origin = next FROM forks f WHERE f.origin = i.origin;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  DELETE FROM tree;
  RETURN true;
END $$;

REVOKE EXECUTE ON FUNCTION hold_unforked, go_on_as FROM PUBLIC;
GRANT EXECUTE ON FUNCTION go_on_as TO rumbo_sealer;
GRANT SELECT ON identity, head, streams, events TO rumbo_sealer;
GRANT SELECT, INSERT ON tree, checkpoints, cosignatures, forks TO rumbo_sealer;
GRANT SELECT ON tree, checkpoints, cosignatures, forks TO rumbo_appender, rumbo_auditor;
