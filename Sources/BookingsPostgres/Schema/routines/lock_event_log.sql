-- Takes the lock of the event log until the end of the transaction.
--
-- Every transaction that appends events calls it before it reads anything. Positions are therefore assigned in the order
-- of commits, and each writer sees everything that was written before. It is the only lock that writers wait for, so
-- they cannot deadlock.
--
-- The holder must not wait long for anything that a foreign transaction holds: all writers wait for the holder.
-- statement_timeout bounds the wait for this lock; lock_timeout bounds all others, which after a wait here is one second.
-- Without contention, which is the usual case, nothing is set: set_config() costs more than the lock.
create or replace function lock_event_log() returns void language plpgsql as $$
begin
    if pg_try_advisory_xact_lock(7245903861207745109) then return; end if;
    perform set_config('lock_timeout', '0', true);
    perform pg_advisory_xact_lock(7245903861207745109);
    perform set_config('lock_timeout', '1000', true);
end $$;
