-- Brings the counts of bookings up to the next `maximum` events of the log. Returns the number of events; 0 at the end of
-- the log, and while another transaction changes the counts.
--
-- An event has the booking as it left it; the booking before it is in the event of the version before.
create or replace function fold_booking_counts(maximum integer) returns integer language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off
as $$
declare
    since bigint;
    through bigint;
    folded integer;
begin
    select position into since from booking_counts_progress where id = 1 for update skip locked;
    if not found then return 0; end if;
    select max(position), count(*) into through, folded from (
        select position from booking_events where position > since order by position limit maximum
    ) next;
    if folded = 0 then return 0; end if;
    insert into booking_counts (owner, level, number, status, bookings)
    select owner, level, number, status, sum(change) from (
        select counted.owner, level, start_time / (86400000::bigint << 5 * level) as number, status, change
        from (
            select e.provider_id, e.customer_id, change.start_time, change.status, change.change
            from booking_events e
            left join lateral (
                select b.start_time, b.status from booking_events b
                where b.booking_id = e.booking_id and b.version = e.version - 1 and b.lead_ms is null limit 1
            ) before on e.version > 1
            cross join lateral (
                values (e.start_time, e.status, 1), (before.start_time, before.status, -1)
            ) as change (start_time, status, change)
            where e.position > since and e.position <= through and e.lead_ms is null
                and change.start_time is not null
        ) changes
        cross join lateral (
            values ('a'), ('p' || changes.provider_id), ('c' || changes.customer_id)
        ) as candidate (owner)
        cross join lateral (
            select c.owner from counted_owners c where c.owner = candidate.owner limit 1
        ) counted
        cross join generate_series(0, 2) as level
    ) numbered
    group by owner, level, number, status having sum(change) <> 0
    on conflict on constraint booking_counts_pkey do update set bookings = booking_counts.bookings + excluded.bookings;
    update booking_counts_progress set position = through where id = 1;
    return folded;
end $$;
