-- Erasing what was sealed: the rows go, and only this way. The keys that opened them lie elsewhere and are destroyed first.
SET LOCAL ROLE rumbo_owner;
SET LOCAL search_path = ledger, pg_temp;

-- The command's own salt goes too: from it those of its sealed fields follow.
CREATE FUNCTION erase(of_plan text, of_actor text, of_command text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_temp AS $$
BEGIN
  DELETE FROM sealed WHERE plan = of_plan AND actor = of_actor AND command = of_command;
  UPDATE journal SET salt = '' WHERE plan = of_plan AND actor = of_actor AND command = of_command AND handled_at IS NOT NULL;
END $$;

REVOKE EXECUTE ON FUNCTION erase FROM PUBLIC;
REVOKE DELETE ON sealed FROM rumbo_appender;
GRANT EXECUTE ON FUNCTION erase TO rumbo_appender;
