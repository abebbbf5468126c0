-- Appends a copy of a reminder's event to the log. The booking is read again: a reminder that its booking no longer owes is
-- not announced.
--
-- `outcome` is announced, unknown (no such event in the log) or not_owed; `event_position` is the position of the copy.
create or replace function replay_reminder(
    of_booking uuid, of_version integer, of_lead bigint, now bigint, out outcome text, out event_position bigint
) language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off
as $$
declare
    original bigint;
begin
    perform lock_event_log();
    select e.position into original from booking_events e
    where e.booking_id = of_booking and e.times_version = of_version and e.lead_ms = of_lead
        and e.first_recorded_at is null;
    if original is null then
        outcome := 'unknown';
        return;
    end if;
    if not exists (
        select 1 from bookings b
        where b.id = of_booking and b.status = 'confirmed' and b.times_version = of_version
    ) then
        outcome := 'not_owed';
        return;
    end if;
    event_position := nextval('event_log_positions');
    outcome := 'announced';
    insert into booking_events (
        position, occurred_at, booking_id, provider_id, customer_id, service_id, start_time, end_time, status, version,
        times_version, created_at, updated_at, lead_ms, due_at, late, recorded_by, first_recorded_at)
    select event_position, now, e.booking_id, e.provider_id, e.customer_id, e.service_id, e.start_time, e.end_time,
        e.status, e.version, e.times_version, e.created_at, e.updated_at, e.lead_ms, e.due_at, e.late, e.recorded_by,
        e.occurred_at
    from booking_events e where e.position = original;
end $$;
