-- Returns the position just before the oldest readable event; the position of the newest event when none is readable.
-- Events up to the floor of the log are not readable, nor are those that occurred before `kept_since`.
--
-- The instants of events ascend with their positions, so the boundary is searched for: from the floor in steps that
-- double, then by halving. What expired since the floor was last raised costs its logarithm, not its number. Where a clock
-- was set back, the result is one of the places where an expired event is followed by a readable one.
create or replace function oldest_readable(kept_since bigint) returns bigint language plpgsql stable as $$
declare
    -- No event up to `low` is readable; the first event after `high` is readable, or there is none.
    low bigint;
    high bigint;
    probe bigint;
    step bigint := 1;
    next record;
begin
    select log.floor, log.head into low, high from event_log_head log;
    select e.position, e.occurred_at into next from booking_events e where e.position > low order by e.position limit 1;
    if next.position is null then return high; end if;
    if next.occurred_at >= kept_since then return next.position - 1; end if;
    low := next.position;
    while low < high loop
        probe := case when step > 0 then least(low + step, high) else low + (high - low) / 2 end;
        select e.position, e.occurred_at into next
        from booking_events e where e.position > probe order by e.position limit 1;
        if next.position is null or next.occurred_at >= kept_since then
            high := probe;
            step := 0;
        else
            low := next.position;
            step := step * 2;
        end if;
    end loop;
    return high;
end $$;
