-- no wait for rows that others hold; reminders are armed anew
-- All writers meet at the log's lock: whoever has it must wait for nothing that a transaction of somebody else holds.
-- Waiting for it is bounded by statement_timeout; what else is waited for, by the session's lock_timeout, or by a second
-- where others were before. Mostly nobody is: then there is nothing to set, which costs more than the lock.
create or replace function lock_event_log() returns void language plpgsql as $$
begin
    if pg_try_advisory_xact_lock(7245903861207745109) then return; end if;
    perform set_config('lock_timeout', '0', true);
    perform pg_advisory_xact_lock(7245903861207745109);
    perform set_config('lock_timeout', '1000', true);
end $$;

-- Writes a booking with its reminders, event and idempotency record, or nothing. Nothing here looks at a clock.
-- For a write that goes alone; of several `write_bookings` makes the same. The outcome is `locked`, and nothing is
-- written, while another transaction holds the booking's row.
create or replace function write_booking(
    new_booking bookings, replaces integer, new_action text, subject text, roles text, request text,
    leads bigint[], dues bigint[], record idempotency_records, oldest_record bigint
) returns write_outcome language plpgsql
-- Planning costs more than writing: plans are made once, and must be right for a large table although they were made
-- when it was small.
set plan_cache_mode = force_generic_plan set enable_seqscan = off
as $$
declare
    result write_outcome;
    last_end bigint;
    at bigint := new_booking.updated_at;
begin
    perform lock_event_log();
    if record.key is not null then
        select 'decided', null, null, null, null, null, r.body_digest, r.status, r.content_type, r.etag, r.location,
            r.body, r.created_at into result
        from idempotency_records r
        where r.subject = record.subject and r.method = record.method and r.path = record.path
            -- The sum keeps the index by age out, which would be walked through.
            and r.key = record.key and r.created_at + 0 >= oldest_record;
        if found then return result; end if;
    end if;
    result := null;
    -- The same write, sent again because its answer was lost.
    select position into result.place from booking_events
    where booking_id = new_booking.id and version = new_booking.version and lead_ms is null
        and action = new_action and request_id = request and actor_subject = subject
        and start_time = new_booking.start_time and end_time = new_booking.end_time;
    if found then
        result.outcome := 'written';
        return result;
    end if;
    if replaces is not null then
        perform 1 from bookings where id = new_booking.id and version = replaces;
        if not found then
            result.outcome := 'stale';
            return result;
        end if;
        perform 1 from bookings where id = new_booking.id for no key update skip locked;
        if not found then
            result.outcome := 'locked';
            return result;
        end if;
    end if;
    if new_booking.status in ('pending', 'confirmed') then
        -- As in next_free. Held slots never overlap: of those that begin before this one ends, the last to begin is the
        -- last to end.
        select b.end_time into last_end from bookings b
        where b.provider_id = new_booking.provider_id and b.start_time > new_booking.start_time - 86400000
            and b.start_time < new_booking.end_time
            and b.status || '' in ('pending', 'confirmed') and b.id <> new_booking.id
        order by b.start_time desc limit 1;
        if last_end > new_booking.start_time then
            select b.start_time, b.end_time into result.blocking_start, result.blocking_end from bookings b
            where b.provider_id = new_booking.provider_id and b.start_time > new_booking.start_time - 86400000
                and b.start_time < new_booking.end_time and b.end_time > new_booking.start_time
                and b.status || '' in ('pending', 'confirmed') and b.id <> new_booking.id
            order by b.start_time limit 1;
            result.outcome := 'taken';
            result.free_start := next_free(
                new_booking.provider_id, new_booking.id, result.blocking_end,
                new_booking.end_time - new_booking.start_time);
            result.free_end := result.free_start + new_booking.end_time - new_booking.start_time;
            return result;
        end if;
    end if;
    if replaces is null then
        insert into bookings values (new_booking.*);
    else
        update bookings set start_time = new_booking.start_time, end_time = new_booking.end_time,
            status = new_booking.status, version = new_booking.version, times_version = new_booking.times_version,
            updated_at = at
        where id = new_booking.id;
        delete from reminders where booking_id = new_booking.id;
    end if;
    if cardinality(leads) > 0 then
        insert into reminders (booking_id, times_version, lead_ms, due_at, armed_at)
        select new_booking.id, new_booking.times_version, lead, due, at from unnest(leads, dues) as plan (lead, due);
    end if;
    if record.key is not null then
        delete from idempotency_records r
        where r.subject = record.subject and r.method = record.method and r.path = record.path and r.key = record.key;
        insert into idempotency_records values (record.*);
    end if;
    result.place := nextval('event_log_positions');
    insert into booking_events values (
        result.place, new_action, at, new_booking.id, new_booking.provider_id, new_booking.customer_id,
        new_booking.service_id, new_booking.start_time, new_booking.end_time, new_booking.status, new_booking.version,
        new_booking.times_version, new_booking.created_at, new_booking.updated_at, null, null, null, subject, roles,
        request);
    result.outcome := 'written';
    return result;
end $$;

-- Writes bookings with their reminders, events and idempotency records. Nothing here looks at a clock.
--
-- The arrays have an element for each write; a reminder names its write by number. The writes of one call are of
-- different bookings, providers and keys, so that none depends on another. Gives an outcome for each, in their order.
-- One call is one message: whoever is paused while sending it holds no lock.
create or replace function write_bookings(
    ids uuid[], providers uuid[], customers text[], services uuid[], starts bigint[], ends bigint[], statuses text[],
    versions integer[], times_versions integer[], created bigint[], updated bigint[], replaced integer[],
    actions text[], subjects text[], roles text[], requests text[],
    record_subjects text[], record_methods text[], record_paths text[], record_keys text[], record_digests bytea[],
    record_statuses integer[], record_types text[], record_etags text[], record_locations text[],
    record_bodies bytea[], record_created bigint[], record_oldest bigint[],
    reminded integer[], leads bigint[], dues bigint[]
) returns setof write_outcome language plpgsql
-- Planning costs more than writing: plans are made once, whatever the arrays hold, and must be right for a large table
-- although they were made when it was small.
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
    outcomes write_outcome[];
    -- Null where nothing is to be written.
    places bigint[];
    -- The bookings that are to change and whose rows nobody else holds.
    free_rows uuid[];
begin
    perform lock_event_log();
    if num_nonnulls(variadic replaced) > 0 then
        select array_agg(id) into free_rows from (
            select b.id from bookings b where b.id = any(ids) for no key update skip locked
        ) locked;
    end if;
    select
        array_agg(row(
            verdict, coalesce(repeated, place), held_start, held_end, free,
            free + end_time - start_time, body_digest, record_status, content_type, etag, location, body, created_at
        )::write_outcome order by n),
        array_agg(place order by n)
    into outcomes, places
    from (
        select judged.*,
            case verdict when 'written' then case when repeated is null then nextval('event_log_positions') end end
                as place,
            case verdict when 'taken' then next_free(provider_id, id, held_end, end_time - start_time) end as free
        from (
            select i.*, e.position as repeated, r.body_digest, r.status as record_status, r.content_type, r.etag,
                r.location, r.body, r.created_at, held.start_time as held_start, held.end_time as held_end,
                case
                    when r.key is not null then 'decided'
                    -- The same write, sent again because its answer was lost.
                    when e.position is not null then 'written'
                    when i.replaces is not null and b.id is null then 'stale'
                    when i.replaces is not null and i.id <> all(coalesce(free_rows, '{}')) then 'locked'
                    when held.start_time is not null then 'taken'
                    else 'written'
                end as verdict
            from unnest(
                ids, providers, starts, ends, statuses, versions, replaced, actions, subjects, requests,
                record_subjects, record_methods, record_paths, record_keys, record_oldest
            ) with ordinality as i (
                id, provider_id, start_time, end_time, status, version, replaces, action, subject, request,
                record_subject, record_method, record_path, record_key, oldest_record, n
            )
            -- Each look-up is one of its own, so that it goes by its key: as plain joins they are planned for tables
            -- that are still empty by reading the whole log.
            left join lateral (
                select k.* from idempotency_records k
                where k.subject = i.record_subject and k.method = i.record_method and k.path = i.record_path
                    -- As above.
                    and k.key = i.record_key and k.created_at + 0 >= i.oldest_record limit 1
            ) r on true
            left join lateral (
                select l.position from booking_events l
                where l.booking_id = i.id and l.version = i.version and l.lead_ms is null
                    and l.action = i.action and l.request_id = i.request and l.actor_subject = i.subject
                    and l.start_time = i.start_time and l.end_time = i.end_time limit 1
            ) e on true
            left join lateral (
                select c.id from bookings c where c.id = i.id and c.version = i.replaces limit 1
            ) b on true
            -- As in write_booking.
            left join lateral (
                select h.end_time from bookings h
                where h.provider_id = i.provider_id and h.start_time > i.start_time - 86400000
                    and h.start_time < i.end_time
                    and h.status || '' in ('pending', 'confirmed') and h.id <> i.id
                    and i.status in ('pending', 'confirmed')
                order by h.start_time desc limit 1
            ) last on true
            left join lateral (
                select h.start_time, h.end_time from bookings h
                where last.end_time > i.start_time
                    and h.provider_id = i.provider_id and h.start_time > i.start_time - 86400000
                    and h.start_time < i.end_time and h.end_time > i.start_time
                    and h.status || '' in ('pending', 'confirmed') and h.id <> i.id
                order by h.start_time limit 1
            ) held on true
            order by i.n
        ) judged
    ) placed;
    if num_nonnulls(variadic places) = 0 then return query select * from unnest(outcomes); return; end if;
    if num_nulls(variadic replaced) > 0 then
        insert into bookings (
            id, provider_id, customer_id, service_id, start_time, end_time, status, version, times_version,
            created_at, updated_at)
        select i.id, i.provider_id, i.customer_id, i.service_id, i.start_time, i.end_time, i.status, i.version,
            i.times_version, i.created_at, i.updated_at
        from unnest(
            ids, providers, customers, services, starts, ends, statuses, versions, times_versions, created, updated,
            replaced, places
        ) as i (
            id, provider_id, customer_id, service_id, start_time, end_time, status, version, times_version,
            created_at, updated_at, replaces, place
        ) where i.replaces is null and i.place is not null;
    end if;
    if num_nonnulls(variadic replaced) > 0 then
        with changed as (
            update bookings b set start_time = i.start_time, end_time = i.end_time, status = i.status,
                version = i.version, times_version = i.times_version, updated_at = i.updated_at
            from unnest(ids, starts, ends, statuses, versions, times_versions, updated, replaced, places)
                as i (id, start_time, end_time, status, version, times_version, updated_at, replaces, place)
            where b.id = i.id and i.replaces is not null and i.place is not null
            returning b.id
        )
        delete from reminders r using changed where r.booking_id = changed.id;
    end if;
    if cardinality(leads) > 0 then
        insert into reminders (booking_id, times_version, lead_ms, due_at, armed_at)
        select ids[p.n], times_versions[p.n], p.lead_ms, p.due_at, updated[p.n]
        from unnest(reminded, leads, dues) as p (n, lead_ms, due_at) where places[p.n] is not null;
    end if;
    if num_nonnulls(variadic record_keys) > 0 then
        insert into idempotency_records as kept
            (subject, method, path, key, body_digest, status, content_type, etag, location, body, created_at)
        select i.subject, i.method, i.path, i.key, i.body_digest, i.status, i.content_type, i.etag, i.location, i.body,
            i.created_at
        from unnest(
            record_subjects, record_methods, record_paths, record_keys, record_digests, record_statuses, record_types,
            record_etags, record_locations, record_bodies, record_created, places
        ) as i (
            subject, method, path, key, body_digest, status, content_type, etag, location, body, created_at, place
        ) where i.key is not null and i.place is not null
        -- What is still there has grown too old: otherwise the outcome would be `decided`.
        on conflict (subject, method, path, key) do update set
            body_digest = excluded.body_digest, status = excluded.status, content_type = excluded.content_type,
            etag = excluded.etag, location = excluded.location, body = excluded.body,
            created_at = excluded.created_at;
    end if;
    insert into booking_events (
        position, action, occurred_at, booking_id, provider_id, customer_id, service_id, start_time, end_time, status,
        version, times_version, created_at, updated_at, actor_subject, actor_roles, request_id)
    select i.place, i.action, i.updated_at, i.id, i.provider_id, i.customer_id, i.service_id, i.start_time,
        i.end_time, i.status, i.version, i.times_version, i.created_at, i.updated_at, i.subject, i.roles, i.request
    from unnest(
        places, actions, ids, providers, customers, services, starts, ends, statuses, versions, times_versions,
        created, updated, subjects, roles, requests
    ) as i (
        place, action, id, provider_id, customer_id, service_id, start_time, end_time, status, version, times_version,
        created_at, updated_at, subject, roles, request
    ) where i.place is not null;
    return query select * from unnest(outcomes);
end $$;

-- Fires what is due: looks at each booking again, appends an event where one is owed, drops the rest. One row for each
-- reminder that was taken; `outcome` is null where none was owed, `event_position` where no event was appended. A
-- reminder whose row is held waits.
drop function fire_due(bigint, integer);
create function fire_due(at bigint, most integer)
returns table (event_position bigint, outcome text, lateness_ms bigint)
language plpgsql as $$
declare
    due record;
begin
    perform lock_event_log();
    for due in
        select r.times_version as armed_version, r.lead_ms, r.due_at, r.armed_at, b.*
        from reminders r join bookings b on b.id = r.booking_id
        where r.due_at <= at order by r.due_at, r.booking_id, r.lead_ms limit most
        for update of r skip locked
    loop
        event_position := null;
        outcome := null;
        lateness_ms := greatest(0, at - due.due_at);
        delete from reminders r
        where r.booking_id = due.id and r.times_version = due.armed_version and r.lead_ms = due.lead_ms;
        if due.status = 'confirmed' and due.times_version = due.armed_version then
            if at >= due.start_time and at > greatest(due.due_at, due.armed_at) + 1000 then
                outcome := 'missed';
            else
                outcome := case when due.armed_at > due.due_at or at > due.due_at + 1000 then 'late' else 'on_time' end;
                event_position := nextval('event_log_positions');
                insert into booking_events values (
                    event_position, null, at, due.id, due.provider_id, due.customer_id, due.service_id, due.start_time,
                    due.end_time, due.status, due.version, due.times_version, due.created_at, due.updated_at,
                    due.lead_ms, due.due_at, outcome = 'late', null, null, null);
            end if;
        end if;
        return next;
    end loop;
end $$;

-- Arms the reminders of confirmed bookings anew, by the leads of now: the next `most` bookings that start after `at`, in
-- the order of (start_time, id) after the key. Nothing that is due by `at` is touched, so none is fired twice.
create function rearm_reminders(
    at bigint, after_start bigint, after_id uuid, most integer, leads bigint[],
    out seen integer, out armed integer, out dropped integer, out last_start bigint, out last_id uuid
) language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off
as $$
declare
    chosen uuid[];
begin
    perform lock_event_log();
    select array_agg(id), count(*), max(start_time) into chosen, seen, last_start from (
        select b.id, b.start_time from bookings b
        where b.start_time > at and (b.start_time, b.id) > (after_start, after_id) and b.status = 'confirmed'
        order by b.start_time, b.id limit most
    ) next;
    select b.id into last_id from bookings b where b.id = any(chosen) and b.start_time = last_start
    order by b.id desc limit 1;
    delete from reminders r where r.booking_id = any(chosen) and r.due_at > at and r.lead_ms <> all(leads);
    get diagnostics dropped = row_count;
    insert into reminders (booking_id, times_version, lead_ms, due_at, armed_at)
    select b.id, b.times_version, lead, b.start_time - lead, at from bookings b cross join unnest(leads) as plan (lead)
    where b.id = any(chosen) and b.start_time - lead > at
        and not exists (
            select 1 from booking_events e
            where e.booking_id = b.id and e.times_version = b.times_version and e.lead_ms = plan.lead
        )
    on conflict do nothing;
    get diagnostics armed = row_count;
end $$;
