-- What was accepted in time is in the journal before anybody closes a deadline over it, however long a gateway slept between
-- taking the time and journalling.
SET LOCAL ROLE rumbo_owner;
SET LOCAL search_path = ledger, pg_temp;

-- As before, but of a live ledger: what was accepted over 3 s ago is not taken any more. Judged last and under the lock, so
-- that whoever comes to hold it next (as `journal_time` does) knows how old at most what follows can be.
CREATE OR REPLACE FUNCTION accept(said new_command, most int) RETURNS TABLE (verdict text, number bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the journal is written in READ COMMITTED only' USING ERRCODE = 'invalid_transaction_state';
  END IF;
  PERFORM pg_advisory_xact_lock(x'72756d62'::int, hashtext(said.plan));
  RETURN QUERY SELECT 'standing', j.number FROM journal j
    WHERE j.plan = said.plan AND j.actor = said.actor AND j.command = said.command;
  IF FOUND THEN
    RETURN;
  END IF;
  IF (SELECT count(*) FROM (
        SELECT FROM journal j WHERE j.plan = said.plan AND j.handled_at IS NULL LIMIT most) waiting) >= most THEN
    RETURN QUERY SELECT 'full', NULL::bigint;
    RETURN;
  END IF;
  IF said.accepted_at < clock_timestamp() - interval '3 seconds'
      AND EXISTS (SELECT FROM identity WHERE mode = 'live') THEN
    RETURN QUERY SELECT 'stale', NULL::bigint;
    RETURN;
  END IF;
  RETURN QUERY
    INSERT INTO journal AS j (plan, actor, command, kind, on_behalf_of, role, accepted_at, effective_at, body, salt,
        key_id, commitment, signature, gateway_key)
      VALUES (said.plan, said.actor, said.command, said.kind, said.on_behalf_of, said.role, said.accepted_at,
        said.effective_at, said.body, said.salt, said.key_id, said.commitment, said.signature, said.gateway_key)
      RETURNING 'new', j.number;
END $$;

-- The time, once nobody is journalling for this plan. The lock is let go of only after a commit can be seen, so whoever looks
-- into the journal afterwards sees all that was accepted up to 3 s before; no slow commit and no frozen gateway adds to it.
CREATE FUNCTION journal_time(of_plan text) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(x'72756d62'::int, hashtext(of_plan));
  RETURN clock_timestamp();
END $$;

REVOKE EXECUTE ON FUNCTION journal_time FROM PUBLIC;
GRANT EXECUTE ON FUNCTION journal_time TO rumbo_appender;
