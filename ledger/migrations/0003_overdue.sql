-- Plans whose deadline has passed are looked for every few seconds: by the deadline that their row in the list names.
-- As text, in UTC and to the second, because what depends on a time zone cannot be indexed.
SET LOCAL ROLE rumbo_owner;
CREATE INDEX plans_by_deadline ON ledger.plans ((summary ->> 'next_deadline'));
