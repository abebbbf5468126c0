-- Describes why a slot of a provider is not free: the first booking in the way, and the first slot of the same length at or
-- after the requested start that is free as far as the next sixteen bookings show. The booking `ignored` does not count.
--
-- A write calls it under the lock of all writers, so it does not walk through a full calendar: where a booking is in the way
-- of the slot that it found, the store goes on from there without the lock (FreeSlotSearch).
create or replace function find_conflict(
    provider uuid, ignored uuid, requested_start bigint, requested_end bigint
) returns slot_conflict language plpgsql stable
set plan_cache_mode = force_generic_plan set enable_seqscan = off
as $$
declare
    conflict slot_conflict := row(null, null, requested_start, requested_end);
    held record;
begin
    for held in
        -- Slots that are held never overlap: of those that begin before the requested start, only the last can be in the way.
        select near.start_time, near.end_time from (
            (
                select b.start_time, b.end_time from bookings b
                where b.provider_id = provider and b.start_time <= requested_start and b.holds_slot and b.id <> ignored
                order by b.start_time desc limit 1
            ) union all (
                select b.start_time, b.end_time from bookings b
                where b.provider_id = provider and b.start_time > requested_start and b.holds_slot and b.id <> ignored
                order by b.start_time limit 16
            )
        ) near
        where near.end_time > requested_start order by near.start_time
    loop
        exit when held.start_time >= conflict.free_end;
        conflict.blocking_start := coalesce(conflict.blocking_start, held.start_time);
        conflict.blocking_end := coalesce(conflict.blocking_end, held.end_time);
        conflict.free_start := held.end_time;
        conflict.free_end := held.end_time + requested_end - requested_start;
    end loop;
    return conflict;
end $$;
