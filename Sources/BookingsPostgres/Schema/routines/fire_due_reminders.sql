-- Takes up to `maximum` reminders that are due at `now`, the earliest first: reads each booking again, appends an event
-- where the reminder is still owed, and deletes the reminder.
--
-- Returns a row for each reminder that was taken. `outcome` is on_time, late or missed (Reminder.outcome(at:start:)), or
-- null when the booking no longer owes the reminder; `event_position` is null when no event was appended.
-- Reminders that another transaction has locked stay.
create or replace function fire_due_reminders(now bigint, maximum integer)
returns table (event_position bigint, outcome text, lateness_ms bigint) language plpgsql as $$
declare
    -- Reminder.tolerance.
    tolerance constant bigint := 1000;
    due record;
begin
    perform lock_event_log();
    for due in
        select r.times_version as armed_version, r.lead_ms, r.due_at, r.armed_at, b.*
        from reminders r join bookings b on b.id = r.booking_id
        where r.due_at <= now order by r.due_at, r.booking_id, r.lead_ms limit maximum
        for update of r skip locked
    loop
        event_position := null;
        outcome := null;
        lateness_ms := now - due.due_at;
        delete from reminders r
        where r.booking_id = due.id and r.times_version = due.armed_version and r.lead_ms = due.lead_ms;
        if due.status = 'confirmed' and due.times_version = due.armed_version then
            outcome := case
                when now >= due.start_time and now > greatest(due.due_at, due.armed_at) + tolerance then 'missed'
                when due.armed_at > due.due_at or now > due.due_at + tolerance then 'late'
                else 'on_time'
            end;
        end if;
        if outcome in ('on_time', 'late') then
            insert into booking_events (
                position, occurred_at, booking_id, provider_id, customer_id, service_id, start_time, end_time, status,
                version, times_version, created_at, updated_at, lead_ms, due_at, late)
            values (
                nextval('event_log_positions'), now, due.id, due.provider_id, due.customer_id, due.service_id,
                due.start_time, due.end_time, due.status, due.version, due.times_version, due.created_at,
                due.updated_at, due.lead_ms, due.due_at, outcome = 'late')
            returning booking_events.position into event_position;
        end if;
        return next;
    end loop;
end $$;
