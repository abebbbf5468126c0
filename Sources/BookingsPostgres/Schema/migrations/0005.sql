-- the ledger of reminders
--
-- On a large table the columns and the indexes of booking_events can be made before the migration, the indexes by the same
-- statements with "concurrently", without blocking writes; see docs/operations.md.

-- The name of the replica that recorded a reminder; null when it is not known.
alter table booking_events add column if not exists recorded_by text;
-- In a copy of a reminder's event (replay_reminder), the instant at which the event was recorded first. The copy's
-- occurred_at is its own, because instants ascend with positions.
alter table booking_events add column if not exists first_recorded_at bigint;

create unique index if not exists booking_events_one_original on booking_events (booking_id, times_version, lead_ms)
    where lead_ms is not null and first_recorded_at is null;
drop index if exists booking_events_one_reminder;
-- Their condition names `late`, which only the ledger's statements do: the planner would prefer them to the one above for
-- tables that are still empty.
create index if not exists booking_events_by_due
    on booking_events (late, due_at, booking_id, lead_ms, times_version)
    where lead_ms is not null and late is not null and first_recorded_at is null;
create index if not exists booking_events_by_provider_and_due
    on booking_events (provider_id, late, due_at, booking_id, lead_ms, times_version)
    where lead_ms is not null and late is not null and first_recorded_at is null;

-- Reminders that have no event, because their bookings had started. trim_event_log() deletes them with the events.
create table missed_reminders (
    booking_id uuid not null,
    times_version integer not null,
    lead_ms bigint not null,
    provider_id uuid not null,
    due_at bigint not null,
    recorded_at bigint not null,
    recorded_by text,
    constraint missed_reminders_pkey primary key (booking_id, times_version, lead_ms)
);
create index missed_reminders_by_due on missed_reminders (due_at, booking_id, lead_ms, times_version);
create index missed_reminders_by_provider on missed_reminders (provider_id, due_at, booking_id, lead_ms, times_version);
create index missed_reminders_by_age on missed_reminders (recorded_at);

-- Every pair of version and lead that an event of a reminder ever had, by which the booking of an event's id is found.
create table reminder_kinds (
    times_version integer not null,
    lead_ms bigint not null,
    constraint reminder_kinds_pkey primary key (times_version, lead_ms)
);
insert into reminder_kinds select distinct times_version, lead_ms from booking_events where lead_ms is not null;

-- It has another parameter now.
drop function if exists fire_due_reminders(bigint, integer);
