-- Writes bookings, each with its reminders, event and idempotency record, or nothing of it. The write rule is here alone,
-- for one write and for many. It reads no clock.
--
-- The arrays have an element for each write; a reminder names its write by number, from 1. The writes of one call are of
-- different bookings, providers and keys, so that none depends on another. Returns a row for each write, in their order.
-- The outcomes are:
--   written      all of it is written; `position` is the event's
--   decided      an earlier request with the same key has a record, which the other columns hold
--   in_progress  another transaction is deciding a request with the same key
--   stale        the booking no longer has the version that the write replaces
--   locked       another transaction has locked the booking's row
--   taken        the provider has a booking in the slot; see find_conflict(). `created_at` is null, or the instant from which
--                the search for a free slot goes on, because a booking is in the way of the one that was found
-- Only `written` writes anything.
--
-- `traceparents` is empty when no write has one; a caller of the release before gives none.
--
-- One call is one message from the client, so a client that is paused while sending it holds no lock.
create or replace function write_bookings(
    ids uuid[], provider_ids uuid[], customer_ids text[], service_ids uuid[], start_times bigint[], end_times bigint[],
    statuses text[], versions integer[], times_versions integer[], created_times bigint[], updated_times bigint[],
    replaced_versions integer[], actions text[], subjects text[], roles text[], request_ids text[],
    key_subjects text[], key_methods text[], key_paths text[], keys text[], body_digests bytea[],
    answer_statuses integer[], content_types text[], etags text[], locations text[], bodies bytea[],
    record_times bigint[], oldest_record_times bigint[],
    reminder_writes integer[], reminder_leads bigint[], reminder_due_times bigint[],
    traceparents text[] default '{}'
) returns setof write_outcome language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off
as $$
declare
    has_keys boolean := num_nonnulls(variadic keys) > 0;
    has_changes boolean := num_nonnulls(variadic replaced_versions) > 0;
    outcomes write_outcome[];
    -- The position of each write's event; null where nothing is to be written.
    positions bigint[];
    -- For each write, whether this transaction has the lock of its key.
    owns_key boolean[];
    -- The bookings to change whose rows no other transaction has locked.
    free_rows uuid[];
begin
    -- Before the lock of the log: a request that waits for it counts as being decided.
    if has_keys then
        select array_agg(
            case when k.key is not null then lock_idempotency_key(k.subject, k.method, k.path, k.key) end order by k.n
        ) into owns_key
        from unnest(key_subjects, key_methods, key_paths, keys) with ordinality as k (subject, method, path, key, n);
    end if;
    perform lock_event_log();
    if has_changes then
        select array_agg(locked.id) into free_rows from (
            select b.id from bookings b where b.id = any(ids) for no key update skip locked
        ) locked;
    end if;

    select
        array_agg(row(
            outcome, coalesce(earlier_position, new_position), (conflict).blocking_start, (conflict).blocking_end,
            (conflict).free_start, (conflict).free_end, body_digest, answer_status, content_type, etag, location,
            body,
            case when outcome <> 'taken' then created_at else (
                select (conflict).free_start from bookings b
                where b.provider_id = numbered.provider_id and b.start_time >= (conflict).free_start
                    and b.start_time < (conflict).free_end and b.holds_slot and b.id <> numbered.id
                limit 1
            ) end
        )::write_outcome order by n),
        array_agg(new_position order by n)
    into outcomes, positions
    from (
        select decided.*,
            case when outcome = 'written' and earlier_position is null then nextval('event_log_positions') end
                as new_position,
            case when outcome = 'taken' then find_conflict(provider_id, id, start_time, end_time) end as conflict
        from (
            select input.*, event.position as earlier_position, record.body_digest, record.status as answer_status,
                record.content_type, record.etag, record.location, record.body, record.created_at,
                case
                    when record.created_at >= input.oldest_record_time then 'decided'
                    when input.key is not null and not owns_key[n] then 'in_progress'
                    -- The same write, sent again because its answer was lost.
                    when event.position is not null then 'written'
                    when input.replaces is not null and replaced.id is null then 'stale'
                    when input.replaces is not null and input.id <> all(coalesce(free_rows, '{}')) then 'locked'
                    when last_before.end_time > input.start_time then 'taken'
                    else 'written'
                end as outcome
            from unnest(
                ids, provider_ids, start_times, end_times, statuses, versions, replaced_versions, actions, subjects,
                request_ids, key_subjects, key_methods, key_paths, keys, oldest_record_times
            ) with ordinality as input (
                id, provider_id, start_time, end_time, status, version, replaces, action, subject, request_id,
                key_subject, key_method, key_path, key, oldest_record_time, n
            )
            -- Each look-up is lateral with a limit, so that it goes by its key: plain joins are planned for tables that
            -- are still empty, by reading all of them.
            left join lateral (
                select r.* from idempotency_records r
                where r.subject = input.key_subject and r.method = input.key_method and r.path = input.key_path
                    and r.key = input.key
                limit 1
            ) record on true
            left join lateral (
                select e.position from booking_events e
                where e.booking_id = input.id and e.version = input.version and e.lead_ms is null
                    and e.action = input.action and e.request_id = input.request_id
                    and e.actor_subject = input.subject and e.start_time = input.start_time
                    and e.end_time = input.end_time
                limit 1
            ) event on true
            left join lateral (
                select b.id from bookings b where b.id = input.id and b.version = input.replaces limit 1
            ) replaced on true
            -- Slots that are held never overlap, so of those that begin before this one ends, the last to begin is the
            -- last to end. It is the only one that has to be read, however many the provider has.
            left join lateral (
                select b.end_time from bookings b
                where input.status in ('pending', 'confirmed') and b.provider_id = input.provider_id
                    and b.start_time < input.end_time and b.holds_slot and b.id <> input.id
                order by b.start_time desc limit 1
            ) last_before on true
            order by n
        ) decided
    ) numbered;
    if num_nonnulls(variadic positions) = 0 then return query select * from unnest(outcomes); return; end if;

    insert into bookings (
        id, provider_id, customer_id, service_id, start_time, end_time, status, version, times_version, created_at,
        updated_at)
    select w.id, w.provider_id, w.customer_id, w.service_id, w.start_time, w.end_time, w.status, w.version,
        w.times_version, w.created_at, w.updated_at
    from unnest(
        ids, provider_ids, customer_ids, service_ids, start_times, end_times, statuses, versions, times_versions,
        created_times, updated_times, replaced_versions, positions
    ) as w (
        id, provider_id, customer_id, service_id, start_time, end_time, status, version, times_version, created_at,
        updated_at, replaces, position
    )
    where w.replaces is null and w.position is not null;
    if has_changes then
        with changed as (
            update bookings b set start_time = w.start_time, end_time = w.end_time, status = w.status,
                version = w.version, times_version = w.times_version, updated_at = w.updated_at
            from unnest(
                ids, start_times, end_times, statuses, versions, times_versions, updated_times, replaced_versions,
                positions
            ) as w (id, start_time, end_time, status, version, times_version, updated_at, replaces, position)
            where b.id = w.id and w.replaces is not null and w.position is not null
            returning b.id
        )
        delete from reminders r using changed where r.booking_id = changed.id;
    end if;
    if cardinality(reminder_writes) > 0 then
        insert into reminders (booking_id, times_version, lead_ms, due_at, armed_at)
        select ids[r.n], times_versions[r.n], r.lead_ms, r.due_at, updated_times[r.n]
        from unnest(reminder_writes, reminder_leads, reminder_due_times) as r (n, lead_ms, due_at)
        where positions[r.n] is not null;
    end if;
    if has_keys then
        insert into idempotency_records (
            subject, method, path, key, body_digest, status, content_type, etag, location, body, created_at)
        select w.subject, w.method, w.path, w.key, w.body_digest, w.status, w.content_type, w.etag, w.location, w.body,
            w.created_at
        from unnest(
            key_subjects, key_methods, key_paths, keys, body_digests, answer_statuses, content_types, etags, locations,
            bodies, record_times, positions
        ) as w (
            subject, method, path, key, body_digest, status, content_type, etag, location, body, created_at, position
        )
        where w.key is not null and w.position is not null
        -- A record that is still there has expired: a newer one would have decided the write.
        on conflict on constraint idempotency_records_pkey do update set
            body_digest = excluded.body_digest, status = excluded.status, content_type = excluded.content_type,
            etag = excluded.etag, location = excluded.location, body = excluded.body,
            created_at = excluded.created_at;
    end if;
    insert into booking_events (
        position, action, occurred_at, booking_id, provider_id, customer_id, service_id, start_time, end_time, status,
        version, times_version, created_at, updated_at, actor_subject, actor_roles, request_id, traceparent)
    select w.position, w.action, w.updated_at, w.id, w.provider_id, w.customer_id, w.service_id, w.start_time,
        w.end_time, w.status, w.version, w.times_version, w.created_at, w.updated_at, w.subject, w.roles, w.request_id,
        w.traceparent
    from unnest(
        positions, actions, ids, provider_ids, customer_ids, service_ids, start_times, end_times, statuses, versions,
        times_versions, created_times, updated_times, subjects, roles, request_ids, traceparents
    ) as w (
        position, action, id, provider_id, customer_id, service_id, start_time, end_time, status, version,
        times_version, created_at, updated_at, subject, roles, request_id, traceparent
    )
    where w.position is not null;
    return query select * from unnest(outcomes);
end $$;
