-- The hours in which the door was open: whoever keeps it writes each hour down once, while a command could be accepted.
-- Nobody is said to have kept silent before a closed door. By the hour, so that it can be told for the days of any time zone.
SET LOCAL ROLE rumbo_owner;
SET LOCAL search_path = ledger, pg_temp;

CREATE TABLE open_hours (
  hour timestamptz PRIMARY KEY CHECK (hour = date_trunc('hour', hour, 'UTC'))
);

GRANT SELECT, INSERT ON open_hours TO rumbo_appender;
GRANT SELECT ON open_hours TO rumbo_auditor;

-- Where nothing is accepted any more the door is not open.
CREATE TRIGGER unforked BEFORE INSERT ON open_hours FOR EACH STATEMENT EXECUTE FUNCTION hold_unforked();
