-- Gives confirmed bookings the reminders of these leads and no others: the next `maximum` bookings that start after `now`,
-- in the order of (start_time, id) after the key (after_start, after_id). Reminders that are due at `now` are neither added
-- nor deleted, so none fires twice.
create or replace function rearm_reminders(
    now bigint, after_start bigint, after_id uuid, maximum integer, leads bigint[],
    out seen integer, out armed integer, out dropped integer, out last_start bigint, out last_id uuid
) language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off
as $$
declare
    chosen uuid[];
begin
    -- One condition for both bounds: with two, the index is read from the lower one on, through all past bookings.
    if after_start <= now then
        after_start := now;
        after_id := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
    end if;
    perform lock_event_log();
    select array_agg(id order by start_time, id), count(*), max(start_time) into chosen, seen, last_start from (
        select b.id, b.start_time from bookings b
        where (b.start_time, b.id) > (after_start, after_id) and b.status = 'confirmed'
        order by b.start_time, b.id limit maximum
    ) next;
    last_id := chosen[seen];
    delete from reminders r where r.booking_id = any(chosen) and r.due_at > now and r.lead_ms <> all(leads);
    get diagnostics dropped = row_count;
    insert into reminders (booking_id, times_version, lead_ms, due_at, armed_at)
    select b.id, b.times_version, plan.lead_ms, b.start_time - plan.lead_ms, now
    from bookings b cross join unnest(leads) as plan (lead_ms)
    where b.id = any(chosen) and b.start_time - plan.lead_ms > now
        -- A reminder that was fired has its event.
        and not exists (
            select 1 from booking_events e
            where e.booking_id = b.id and e.times_version = b.times_version and e.lead_ms = plan.lead_ms
                and e.first_recorded_at is null
        )
    on conflict on constraint reminders_pkey do nothing;
    get diagnostics armed = row_count;
end $$;
