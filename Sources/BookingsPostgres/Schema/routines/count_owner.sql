-- Counts the bookings of an owner, unless they are counted already; see migration 0003.
--
-- The counts become those at the position of booking_counts_progress: what the table of bookings says now, without the
-- events after that position. Table and events are read in one snapshot, and writers are not held up.
create or replace function count_owner(counted text) returns void language plpgsql as $$
declare
    since bigint;
    rows_of_owner text := case left(counted, 1)
        when 'p' then 'provider_id = substr($1, 2)::uuid'
        when 'c' then 'customer_id = substr($1, 2)'
        else 'true'
    end;
begin
    select position into since from booking_counts_progress where id = 1 for update;
    if not exists (select from counted_owners) then
        -- There are no counts that the events since then would change.
        select coalesce(max(position), since) into since from booking_events;
        update booking_counts_progress set position = since where id = 1;
    end if;
    insert into counted_owners (owner) values (counted) on conflict do nothing;
    if not found then return; end if;
    execute format(
        $statement$
        insert into booking_counts (owner, level, number, status, bookings)
        select $1, level, start_time / (86400000::bigint << 5 * level), status, sum(change)
        from (
            select start_time, status, 1 as change from bookings where %1$s
            union all
            select start_time, status, -1 from booking_events where %1$s and position > $2 and lead_ms is null
            union all
            select before.start_time, before.status, 1
            from (
                select booking_id, version from booking_events where %1$s and position > $2 and lead_ms is null
            ) as later
            join booking_events before on before.booking_id = later.booking_id and before.version = later.version - 1
                and before.lead_ms is null
        ) as changes cross join generate_series(0, 2) as level
        group by level, start_time / (86400000::bigint << 5 * level), status
        having sum(change) <> 0
        -- A total then finds consecutive counts in the same blocks.
        order by 2, 3, 4
        $statement$, rows_of_owner)
    using counted, since;
end $$;
