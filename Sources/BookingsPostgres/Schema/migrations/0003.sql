-- counts of bookings for the totals of lists
--
-- On a large table the index can be made before the migration, without blocking writes, by the same statement with
-- "concurrently"; see docs/operations.md.

-- The included columns let the totals of lists of all bookings be counted in the index alone.
create index if not exists bookings_by_start_with_end on bookings (start_time, id) include (end_time, status);
drop index if exists bookings_by_start;

-- Those whose bookings are counted: 'a' everybody, 'p' and a provider, 'c' and a customer; see count_owner().
create table counted_owners (
    owner text collate "C" constraint counted_owners_pkey primary key
);

-- The number of an owner's bookings that start in a span of days: one day (level 0), 32 days (level 1) or 1,024 days
-- (level 2), numbered from 1970. They are what the event log says up to the position in booking_counts_progress.
create table booking_counts (
    owner text collate "C" not null,
    level smallint not null,
    number bigint not null,
    status text not null,
    bookings bigint not null,
    constraint booking_counts_pkey primary key (owner, level, number, status)
) with (fillfactor = 70);

-- One row, whose lock is held by the transaction that changes the counts.
create table booking_counts_progress (
    id integer constraint booking_counts_progress_pkey primary key,
    position bigint not null,
    constraint booking_counts_progress_one_row check (id = 1)
) with (fillfactor = 10);
insert into booking_counts_progress (id, position) select 1, coalesce(max(position), 0) from booking_events;
