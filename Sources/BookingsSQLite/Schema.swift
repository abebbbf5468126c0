import Bookings

/// The migrations of the embedded store. One that was released never changes: databases hold its checksum.
///
/// Instants are milliseconds since 1970, durations are milliseconds, UUIDs are lower-case text.
enum Schema {
    struct Migration {
        let number: Int
        let name: String
        let sql: String
    }

    static let migrations = [
        Migration(
            number: 1, name: "bookings, reminders, event log, idempotency records",
            sql: """
                create table settings (
                    name text constraint settings_pkey primary key,
                    value blob not null
                ) strict, without rowid;
                create table bookings (
                    id text constraint bookings_pkey primary key,
                    provider_id text not null,
                    customer_id text,
                    service_id text not null,
                    start_time integer not null,
                    end_time integer not null,
                    status text not null,
                    version integer not null,
                    times_version integer not null,
                    created_at integer not null,
                    updated_at integer not null,
                    constraint bookings_end_after_start check (end_time > start_time),
                    constraint bookings_at_most_a_day check (end_time - start_time <= 86400000),
                    constraint bookings_status
                        check (status in ('pending', 'confirmed', 'cancelled', 'declined', 'completed', 'no_show')),
                    constraint bookings_versions check (version > 0 and times_version between 1 and version)
                ) strict;
                create index bookings_by_provider on bookings (provider_id, start_time, id, end_time, status);
                create index bookings_by_customer on bookings (customer_id, start_time, id, end_time, status);
                create index bookings_by_start on bookings (start_time, id);
                create table reminders (
                    booking_id text not null constraint reminders_booking_exists references bookings (id),
                    times_version integer not null,
                    lead_ms integer not null,
                    due_at integer not null,
                    armed_at integer not null,
                    constraint reminders_pkey primary key (booking_id, times_version, lead_ms)
                ) strict, without rowid;
                create index reminders_by_due on reminders (due_at);
                create table event_log_head (
                    id integer constraint event_log_head_pkey primary key,
                    -- The position of the newest event.
                    head integer not null,
                    -- Events up to this position were trimmed.
                    floor integer not null,
                    constraint event_log_head_one_row check (id = 1)
                ) strict;
                insert into event_log_head (id, head, floor) values (1, 0, 0);
                create table booking_events (
                    position integer constraint booking_events_pkey primary key,
                    action text,
                    occurred_at integer not null,
                    booking_id text not null,
                    provider_id text not null,
                    customer_id text,
                    service_id text not null,
                    start_time integer not null,
                    end_time integer not null,
                    status text not null,
                    version integer not null,
                    times_version integer not null,
                    created_at integer not null,
                    updated_at integer not null,
                    lead_ms integer,
                    due_at integer,
                    late integer,
                    actor_subject text,
                    actor_roles text,
                    request_id text,
                    constraint booking_events_action_or_reminder check ((action is null) = (lead_ms is not null))
                ) strict;
                create unique index booking_events_one_action on booking_events (booking_id, version)
                    where lead_ms is null;
                create unique index booking_events_one_reminder on booking_events (booking_id, times_version, lead_ms)
                    where lead_ms is not null;
                create index booking_events_by_provider on booking_events (provider_id, position);
                create index booking_events_by_customer on booking_events (customer_id, position);
                create table idempotency_records (
                    subject text not null,
                    method text not null,
                    path text not null,
                    key text not null,
                    body_digest blob not null,
                    status integer not null,
                    content_type text not null,
                    etag text,
                    location text,
                    body blob not null,
                    created_at integer not null,
                    constraint idempotency_records_pkey primary key (subject, method, path, key)
                ) strict, without rowid;
                create index idempotency_records_by_age on idempotency_records (created_at);
                """),
        Migration(
            number: 2, name: "reminders in the order in which they fire, slots that are held",
            sql: """
                -- With an index by due_at alone, each batch sorts all reminders of the same instant.
                create index reminders_in_order on reminders (due_at, booking_id, lead_ms);
                drop index reminders_by_due;
                -- A write looks at the slots that are held, however many bookings have ended or were cancelled.
                create index bookings_held on bookings (provider_id, start_time, end_time, id)
                    where status in ('pending', 'confirmed');
                """),
        Migration(
            number: 3, name: "counts of bookings for the totals of lists",
            sql: """
                create index bookings_by_start_with_end on bookings (start_time, id, end_time, status);
                drop index bookings_by_start;
                -- Those whose bookings are counted: 'a' everybody, 'p' and a provider, 'c' and a customer.
                create table counted_owners (
                    owner text constraint counted_owners_pkey primary key
                ) strict, without rowid;
                -- The number of an owner's bookings that start in a span of days: one day (level 0), 32 days (level 1) or
                -- 1,024 days (level 2), numbered from 1970.
                create table booking_counts (
                    owner text not null,
                    level integer not null,
                    number integer not null,
                    status text not null,
                    bookings integer not null,
                    constraint booking_counts_pkey primary key (owner, level, number, status)
                ) strict, without rowid;
                """),
        Migration(number: 4, name: "webhooks, their leases and attempts", sql: WebhookSchema.sql),
        Migration(
            number: 5, name: "the ledger of reminders",
            sql: """
                -- The name of the replica that recorded a reminder; null when it is not known.
                alter table booking_events add column recorded_by text;
                -- In a copy of a reminder's event, the instant at which the event was recorded first. The copy's
                -- occurred_at is its own, because instants ascend with positions.
                alter table booking_events add column first_recorded_at integer;
                create unique index booking_events_one_original on booking_events (booking_id, times_version, lead_ms)
                    where lead_ms is not null and first_recorded_at is null;
                drop index booking_events_one_reminder;
                create index booking_events_by_due
                    on booking_events (late, due_at, booking_id, lead_ms, times_version)
                    where lead_ms is not null and first_recorded_at is null;
                create index booking_events_by_provider_and_due
                    on booking_events (provider_id, late, due_at, booking_id, lead_ms, times_version)
                    where lead_ms is not null and first_recorded_at is null;
                -- Reminders that have no event, because their bookings had started.
                create table missed_reminders (
                    booking_id text not null,
                    times_version integer not null,
                    lead_ms integer not null,
                    provider_id text not null,
                    due_at integer not null,
                    recorded_at integer not null,
                    recorded_by text,
                    constraint missed_reminders_pkey primary key (booking_id, times_version, lead_ms)
                ) strict, without rowid;
                create index missed_reminders_by_due
                    on missed_reminders (due_at, booking_id, lead_ms, times_version);
                create index missed_reminders_by_provider
                    on missed_reminders (provider_id, due_at, booking_id, lead_ms, times_version);
                create index missed_reminders_by_age on missed_reminders (recorded_at);
                -- Every pair of version and lead that an event of a reminder ever had.
                create table reminder_kinds (
                    times_version integer not null,
                    lead_ms integer not null,
                    constraint reminder_kinds_pkey primary key (times_version, lead_ms)
                ) strict, without rowid;
                insert into reminder_kinds
                select distinct times_version, lead_ms from booking_events where lead_ms is not null;
                """),
        Migration(
            number: 6, name: "the traces of events",
            sql: """
                -- The traceparent of the request that wrote the event (W3C Trace Context), for the deliveries to webhooks.
                alter table booking_events add column traceparent text;
                """),
    ]
}
