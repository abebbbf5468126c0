-- reminders in the order in which they fire
--
-- With an index by due_at alone, each batch sorts all reminders of the same instant. On a large table, the index can be made
-- before the migration, without blocking writes, by the same statement with "concurrently"; see docs/operations.md.
create index if not exists reminders_in_order on reminders (due_at, booking_id, lead_ms);
drop index if exists reminders_by_due;
