-- Takes up to `maximum` reminders that are due at `now`, the earliest first: reads each booking again, appends an event
-- where the reminder is still owed, and deletes the reminder.
--
-- Returns a row for each reminder that was taken, in the order in which they were due, which is also the order of the
-- events. `outcome` is on_time, late or missed (Reminder.outcome(at:start:)), or null when the booking no longer owes the
-- reminder; `event_position` is null when no event was appended. Reminders that another transaction has locked stay.
--
-- One transaction at a time takes reminders, and the others get none: if each replica waited with a batch of its own, a
-- write would wait for all of them.
--
-- `replica` is the name of the caller, for the ledger; a caller of the release before it gives none.
create or replace function fire_due_reminders(now bigint, maximum integer, replica text default null)
returns table (event_position bigint, outcome text, lateness_ms bigint) language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off
as $$
declare
    -- Reminder.tolerance.
    tolerance constant bigint := 1000;
begin
    if not pg_try_advisory_xact_lock(5120873346190275364) then return; end if;
    perform lock_event_log();
    return query
    with due as materialized (
        select r.ctid as place, r.booking_id, r.times_version as armed_version, r.lead_ms, r.due_at, r.armed_at
        from reminders r
        where r.due_at <= now order by r.due_at, r.booking_id, r.lead_ms limit maximum
        for update skip locked
    ), removed as (
        -- The rows are locked, so they stay where they are.
        delete from reminders where ctid = any(array(select due.place from due))
    ), decided as materialized (
        select owed.*, case when owed.decision in ('on_time', 'late') then nextval('event_log_positions') end as position
        from (
            select b.*, due.armed_version, due.lead_ms, due.due_at,
                case
                    when b.status <> 'confirmed' or b.times_version <> due.armed_version then null
                    when now >= b.start_time and now > greatest(due.due_at, due.armed_at) + tolerance then 'missed'
                    when due.armed_at > due.due_at or now > due.due_at + tolerance then 'late'
                    else 'on_time'
                end as decision
            -- Lateral with a limit, so that it goes by the key, as in write_bookings.
            from due cross join lateral (select b.* from bookings b where b.id = due.booking_id limit 1) b
            order by due.due_at, due.booking_id, due.lead_ms
        ) owed
    ), recorded as (
        insert into booking_events (
            position, occurred_at, booking_id, provider_id, customer_id, service_id, start_time, end_time, status,
            version, times_version, created_at, updated_at, lead_ms, due_at, late, recorded_by)
        select d.position, now, d.id, d.provider_id, d.customer_id, d.service_id, d.start_time, d.end_time, d.status,
            d.version, d.times_version, d.created_at, d.updated_at, d.lead_ms, d.due_at, d.decision = 'late', replica
        from decided d where d.position is not null
    ), known as (
        insert into reminder_kinds (times_version, lead_ms)
        select distinct d.times_version, d.lead_ms from decided d where d.position is not null
        on conflict on constraint reminder_kinds_pkey do nothing
    ), missed as (
        insert into missed_reminders (
            booking_id, times_version, lead_ms, provider_id, due_at, recorded_at, recorded_by)
        select d.id, d.times_version, d.lead_ms, d.provider_id, d.due_at, now, replica
        from decided d where d.decision = 'missed'
        on conflict on constraint missed_reminders_pkey do nothing
    )
    select d.position, d.decision, now - d.due_at from decided d order by d.due_at, d.id, d.lead_ms;
end $$;
