-- bookings, reminders, event log, idempotency records
--
-- Instants are milliseconds since 1970-01-01T00:00:00Z (bigint), durations are milliseconds. Functions are not created
-- here: each has a file in routines/.
create extension if not exists btree_gist;

-- Values that are made once with the schema, and the row that probes write.
create table settings (
    name text constraint settings_pkey primary key,
    value bytea not null
);

create table bookings (
    id uuid constraint bookings_pkey primary key,
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
    holds_slot boolean not null generated always as (status in ('pending', 'confirmed')) stored,
    constraint bookings_end_after_start check (end_time > start_time),
    -- Lists rest on it: what has not ended at an instant starts less than a day before it.
    constraint bookings_at_most_a_day check (end_time - start_time <= 86400000),
    constraint bookings_status
        check (status in ('pending', 'confirmed', 'cancelled', 'declined', 'completed', 'no_show')),
    constraint bookings_versions check (version > 0 and times_version between 1 and version),
    -- The proof that no provider has two bookings at one instant, whatever writes to the table.
    constraint bookings_no_overlap exclude using gist (
        provider_id with =, int8range(start_time, end_time, '[)') with &&
    ) where (status in ('pending', 'confirmed'))
);
-- The included columns let the totals of lists be counted in the index alone.
create index bookings_by_provider on bookings (provider_id, start_time, id) include (end_time, status);
create index bookings_by_customer on bookings (customer_id, start_time, id) include (end_time, status);
-- For the overlap check of a write. The index of bookings_no_overlap has no order by start: with it, a write would read all
-- slots that the provider holds. The planner prefers it to this one for small tables, so the two have different conditions.
create index bookings_held on bookings (provider_id, start_time) where holds_slot;
create index bookings_by_start on bookings (start_time, id);
create index bookings_by_creation on bookings (created_at, id);

create table reminders (
    booking_id uuid not null constraint reminders_booking_exists references bookings (id),
    times_version integer not null,
    lead_ms bigint not null,
    due_at bigint not null,
    armed_at bigint not null,
    constraint reminders_pkey primary key (booking_id, times_version, lead_ms)
);
create index reminders_by_due on reminders (due_at);

-- The log holds the booking as each event left it, so the history of bookings is read from it, too.
create table booking_events (
    position bigint constraint booking_events_pkey primary key,
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

-- Positions are taken under the lock of lock_event_log(), and therefore follow the order of commits.
create sequence event_log_positions;

-- One row: events up to this position were trimmed.
create table event_log_floor (
    id integer constraint event_log_floor_pkey primary key,
    floor bigint not null,
    constraint event_log_floor_one_row check (id = 1)
);
insert into event_log_floor (id, floor) values (1, 0);

-- The position of the newest event. It never decreases, although trimming deletes the events of reminders.
create view event_log_head as
select greatest((select max(position) from booking_events), floor) as head, floor from event_log_floor;

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
    constraint idempotency_records_pkey primary key (subject, method, path, key)
);
create index idempotency_records_by_age on idempotency_records (created_at);

-- The first booking in the way of a slot, and the first free slot of the same length; see find_conflict().
create type slot_conflict as (blocking_start bigint, blocking_end bigint, free_start bigint, free_end bigint);

-- The outcome of one write; see write_bookings().
create type write_outcome as (
    outcome text,
    -- written: of the event.
    position bigint,
    -- taken: see slot_conflict.
    blocking_start bigint,
    blocking_end bigint,
    free_start bigint,
    free_end bigint,
    -- decided: the idempotency record of the earlier request.
    body_digest bytea,
    status integer,
    content_type text,
    etag text,
    location text,
    body bytea,
    created_at bigint
);
