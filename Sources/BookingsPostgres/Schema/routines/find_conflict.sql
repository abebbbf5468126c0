-- Describes why a slot of a provider is not free: the first booking in the way, and the first slot of the same length at or
-- after the requested start in which the provider has no booking. The booking `ignored` does not count.
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
        -- No booking lasts longer than a day, so what ends after the requested start begins less than a day before it.
        select b.start_time, b.end_time from bookings b
        where b.provider_id = provider and b.start_time > requested_start - 86400000 and b.end_time > requested_start
            and b.holds_slot and b.id <> ignored
        order by b.start_time
    loop
        exit when held.start_time >= conflict.free_end;
        conflict.blocking_start := coalesce(conflict.blocking_start, held.start_time);
        conflict.blocking_end := coalesce(conflict.blocking_end, held.end_time);
        conflict.free_start := held.end_time;
        conflict.free_end := held.end_time + requested_end - requested_start;
    end loop;
    return conflict;
end $$;
