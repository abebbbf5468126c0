-- bookings, reminders, event log, idempotency records
create extension if not exists btree_gist;

create table settings (name text primary key, value bytea not null);

create table bookings (
    id uuid primary key,
    provider_id uuid not null,
    customer_id text collate "C",
    service_id uuid not null,
    start_time bigint not null,
    end_time bigint not null,
    status text not null,
    version integer not null,
    times_version integer not null,
    created_at bigint not null,
    updated_at bigint not null,
    constraint bookings_end_after_start check (end_time > start_time),
    -- Lists and the look for what overlaps rest on it.
    constraint bookings_at_most_a_day check (end_time - start_time <= 86400000),
    constraint bookings_status
        check (status in ('pending', 'confirmed', 'cancelled', 'declined', 'completed', 'no_show')),
    constraint bookings_versions check (version > 0 and times_version between 1 and version),
    -- The proof: whatever writes here, no provider is held twice for one instant. Times are milliseconds since 1970.
    constraint bookings_no_overlap exclude using gist (
        provider_id with =, int8range(start_time, end_time, '[)') with &&
    ) where (status in ('pending', 'confirmed'))
);
-- What lists count lies in the index.
create index bookings_by_provider on bookings (provider_id, start_time, id) include (end_time, status);
create index bookings_by_customer on bookings (customer_id, start_time, id) include (end_time, status);
create index bookings_by_start on bookings (start_time, id);
create index bookings_by_creation on bookings (created_at, id);

create table reminders (
    booking_id uuid not null references bookings (id),
    times_version integer not null,
    lead_ms bigint not null,
    due_at bigint not null,
    armed_at bigint not null,
    primary key (booking_id, times_version, lead_ms)
);
create index reminders_by_due on reminders (due_at);

-- One row. Whoever writes takes it first and holds it until the commit: places come in the order of commits, and
-- every write sees all that was written before it. It is the only lock, so there is no deadlock.
create table event_log_head (
    id integer primary key check (id = 1),
    head bigint not null,
    floor bigint not null
) with (fillfactor = 10);
insert into event_log_head (id, head, floor) values (1, 0, 0);

create table booking_events (
    position bigint primary key,
    action text,
    occurred_at bigint not null,
    booking_id uuid not null,
    provider_id uuid not null,
    customer_id text collate "C",
    service_id uuid not null,
    start_time bigint not null,
    end_time bigint not null,
    status text not null,
    version integer not null,
    times_version integer not null,
    created_at bigint not null,
    updated_at bigint not null,
    lead_ms bigint,
    due_at bigint,
    late boolean,
    actor_subject text,
    actor_roles text,
    request_id text,
    constraint booking_events_action_or_reminder check ((action is null) = (lead_ms is not null))
);
create unique index booking_events_one_action on booking_events (booking_id, version) where lead_ms is null;
create unique index booking_events_one_reminder on booking_events (booking_id, times_version, lead_ms)
    where lead_ms is not null;
create index booking_events_by_provider on booking_events (provider_id, position);
create index booking_events_by_customer on booking_events (customer_id, position);
create index booking_events_by_time on booking_events (occurred_at, position);

create table idempotency_records (
    subject text collate "C" not null,
    method text not null,
    path text not null,
    key text collate "C" not null,
    body_digest bytea not null,
    status integer not null,
    content_type text not null,
    etag text,
    location text,
    body bytea not null,
    created_at bigint not null,
    primary key (subject, method, path, key)
);
create index idempotency_records_by_age on idempotency_records (created_at);

create type write_outcome as (
    outcome text, place bigint, blocking_start bigint, blocking_end bigint, free_start bigint, free_end bigint,
    body_digest bytea, status integer, content_type text, etag text, location text, body bytea, created_at bigint
);

-- Writes a booking with its reminders, event and idempotency record, or nothing. Nothing here looks at a clock.
create function write_booking(
    new_booking bookings, replaces integer, new_action text, subject text, roles text, request text,
    leads bigint[], dues bigint[], record idempotency_records, oldest_record bigint
) returns write_outcome language plpgsql as $$
declare
    result write_outcome;
    held record;
    at bigint := new_booking.updated_at;
begin
    perform 1 from event_log_head where id = 1 for update;
    if record.key is not null then
        select 'decided', null, null, null, null, null, r.body_digest, r.status, r.content_type, r.etag, r.location,
            r.body, r.created_at into result
        from idempotency_records r
        where r.subject = record.subject and r.method = record.method and r.path = record.path
            and r.key = record.key and r.created_at >= oldest_record;
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
    end if;
    if new_booking.status in ('pending', 'confirmed') then
        -- No slot is longer than a day, so what overlaps starts less than a day before.
        for held in
            select b.start_time, b.end_time from bookings b
            where b.provider_id = new_booking.provider_id and b.start_time > new_booking.start_time - 86400000
                and b.end_time > new_booking.start_time and b.status in ('pending', 'confirmed')
                and b.id <> new_booking.id
            order by b.start_time
        loop
            if result.outcome is null then
                exit when held.start_time >= new_booking.end_time;
                result.outcome := 'taken';
                result.blocking_start := held.start_time;
                result.blocking_end := held.end_time;
                result.free_start := held.end_time;
            else
                exit when held.start_time >= result.free_start + new_booking.end_time - new_booking.start_time;
                result.free_start := greatest(result.free_start, held.end_time);
            end if;
        end loop;
        if result.outcome is not null then
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
    update event_log_head set head = head + 1 where id = 1 returning head into result.place;
    insert into booking_events values (
        result.place, new_action, at, new_booking.id, new_booking.provider_id, new_booking.customer_id,
        new_booking.service_id, new_booking.start_time, new_booking.end_time, new_booking.status, new_booking.version,
        new_booking.times_version, new_booking.created_at, new_booking.updated_at, null, null, null, subject, roles,
        request);
    result.outcome := 'written';
    return result;
end $$;

-- Fires what is due: looks at each booking again, appends an event where one is owed, drops the rest.
-- One row for each reminder that was taken; `place` is null where no event was owed.
create function fire_due(at bigint, most integer) returns table (place bigint, missed boolean)
language plpgsql as $$
declare
    due record;
begin
    perform 1 from event_log_head where id = 1 for update;
    for due in
        select r.times_version as armed_version, r.lead_ms, r.due_at, r.armed_at, b.*
        from reminders r join bookings b on b.id = r.booking_id
        where r.due_at <= at order by r.due_at, r.booking_id, r.lead_ms limit most
    loop
        place := null;
        missed := false;
        delete from reminders r
        where r.booking_id = due.id and r.times_version = due.armed_version and r.lead_ms = due.lead_ms;
        if due.status = 'confirmed' and due.times_version = due.armed_version then
            if at >= due.start_time and at > greatest(due.due_at, due.armed_at) + 1000 then
                missed := true;
            else
                update event_log_head set head = head + 1 where id = 1 returning head into place;
                insert into booking_events values (
                    place, null, at, due.id, due.provider_id, due.customer_id, due.service_id, due.start_time,
                    due.end_time, due.status, due.version, due.times_version, due.created_at, due.updated_at,
                    due.lead_ms, due.due_at, due.armed_at > due.due_at or at > due.due_at + 1000, null, null, null);
            end if;
        end if;
        return next;
    end loop;
end $$;
