extension Statements {
    private static let columns = WebhookColumns.names
    /// The same columns of the table `w`.
    private static let qualified = columns.split(separator: ", ").map { "w.\($0)" }.joined(separator: ", ")

    /// Takes the first free place of the owner. Returns no row when there is none, when a concurrent insert took it, and
    /// when the id exists.
    static let addWebhook = PostgresStatement(
        "add_webhook",
        """
        with revised as (update webhook_revision set value = value + 1 returning value)
        insert into webhooks (\(columns), owner, place)
        select $1::uuid, $2::uuid, $3, $4::bigint, $5, $6, $7, $8::bytea, $9::bytea, $10::bigint, revised.value,
            $11::bigint, $12::bigint, $13, $14, $15::bigint, $16, $17, free.place
        from revised, lateral (
            select p as place from generate_series(1, 20) p
            where not exists (select 1 from webhooks w where w.owner = $17 and w.place = p) order by p limit 1
        ) free
        on conflict do nothing
        returning \(columns)
        """)

    static let webhook = PostgresStatement("webhook", "select \(columns) from webhooks where id = $1")

    static let webhooksOfOwner = PostgresStatement(
        "webhooks_of_owner", "select \(columns) from webhooks where owner = $1 and id > $2 order by id limit $3")

    static let webhooksOfAll = PostgresStatement(
        "webhooks_of_all", "select \(columns) from webhooks where id > $1 order by id limit $2")

    static let countWebhooks = PostgresStatement("count_webhooks", "select count(*) from webhooks where owner = $1")

    static let changedWebhooks = PostgresStatement(
        "changed_webhooks", "select \(columns) from webhooks where revision > $1 order by revision limit $2")

    /// `$9` is the position from which deliveries are repeated, or null. What waited for a retry is work to be found again:
    /// nothing behind the cursor is settled any more.
    static let changeWebhook = PostgresStatement(
        "change_webhook",
        """
        with revised as (update webhook_revision set value = value + 1 returning value)
        update webhooks w set
            url = $3, events = $4, state = $5, secret = $6::bytea, previous_secret = $7::bytea,
            previous_expires_at = $8::bigint, revision = revised.value, retries = '',
            position = coalesce($9::bigint, w.position), settled = coalesce($9::bigint, w.position),
            ahead = case when $9::bigint is null then w.ahead else '' end,
            lease_token = w.lease_token + case when $9::bigint is null then 0 else 1 end,
            lease_until = case when $9::bigint is null then w.lease_until else 0 end
        from revised where w.id = $1 and w.revision = $2
        returning \(qualified)
        """)

    static let deleteWebhook = PostgresStatement("delete_webhook", "delete from webhooks where id = $1 returning id")

    /// Rows that another transaction has locked are left as they are.
    static let leaseWebhooks = PostgresStatement(
        "lease_webhooks",
        """
        with free as (
            select id from webhooks
            where id = any($1::uuid[]) and lease_until <= $2 and state in ('active', 'failing')
            order by id for update skip locked
        ), taken as (
            update webhooks w set lease_token = w.lease_token + 1, lease_until = $3
            from free where w.id = free.id
            returning \(qualified), w.lease_token, w.lease_until
        )
        select taken.*, true from taken
        union all
        select \(columns), lease_token, lease_until, false from webhooks
        where id = any($1::uuid[]) and id not in (select taken.id from taken)
        """)

    /// The attempts are arrays. Returns no row when the lease or the revision is another one.
    static let saveWebhook = PostgresStatement(
        "save_webhook",
        """
        with saved as (
            update webhooks set
                state = $4, position = $5, settled = $6, ahead = $7, retries = $8, last_success_at = $9::bigint,
                last_error = $10, lease_until = $11
            where id = $1 and lease_token = $2 and revision = $3
            returning id
        ), recorded as (
            insert into webhook_attempts (webhook_id, event_id, name, status, error, latency_ms, made_at)
            select saved.id, a.event_id, a.name, a.status, a.error, a.latency_ms, a.made_at
            from saved, unnest(
                $12::uuid[], $13::text[], $14::integer[], $15::text[], $16::bigint[], $17::bigint[]
            ) with ordinality as a (event_id, name, status, error, latency_ms, made_at, n) order by a.n
        )
        select id from saved
        """)

    static let webhookLease = PostgresStatement(
        "webhook_lease", "select \(columns), lease_token from webhooks where id = $1")

    /// Looks at up to `$4` webhooks after a position and an id, whose cursors are before `$1`. Each is moved to `$1`, or
    /// over `$4` events of its scope if there are more, unless one of them was to be delivered.
    static let advanceWebhooks = PostgresStatement(
        "advance_webhooks",
        """
        with behind as materialized (
            select w.id, w.position, w.provider_id, w.events from webhooks w, event_log_floor log
            where (w.position, w.id) > (greatest($2, log.floor - 1), $3) and w.position >= log.floor
                and w.position < $1
            order by w.position, w.id limit $4
        ), reached as materialized (
            select b.id, b.position, b.events, b.provider_id, coalesce(
                case when b.provider_id is null then (
                    select e.position from booking_events e where e.position > b.position and e.position <= $1
                    order by e.position offset $4 - 1 limit 1
                ) else (
                    select e.position from booking_events e
                    where e.provider_id = b.provider_id and e.position > b.position and e.position <= $1
                    order by e.position offset $4 - 1 limit 1
                ) end, $1) as position_after
            from behind b
        ), idle as (
            select r.id, r.position, r.position_after from reached r where not exists (
                select 1 from booking_events e
                where r.provider_id is null and e.position > r.position and e.position <= r.position_after
                    and \(accepts)
            ) and not exists (
                select 1 from booking_events e
                where e.provider_id = r.provider_id and e.position > r.position and e.position <= r.position_after
                    and \(accepts)
            )
        ), moved as (
            update webhooks w set
                position = idle.position_after, settled = greatest(w.settled, idle.position_after)
            from idle where w.id = idle.id and w.position = idle.position
        )
        select position, id from behind order by position desc, id desc limit 1
        """)

    /// Whether the filter of the webhook `r` accepts the event `e`.
    private static let accepts = """
        (r.events = '' or position(
            ',booking.' || case coalesce(e.action, 'reminder')
                when 'create' then 'created' when 'confirm' then 'confirmed' when 'decline' then 'declined'
                when 'cancel' then 'cancelled' when 'reschedule' then 'rescheduled' when 'complete' then 'completed'
                else coalesce(e.action, 'reminder') end || ',' in r.events) > 0)
        """

    static let webhookAttempts = PostgresStatement(
        "webhook_attempts",
        """
        select number, event_id, name, status, error, latency_ms, made_at from webhook_attempts
        where webhook_id = $1 and number < $2 order by number desc limit $3
        """)

    static let webhookAttemptsByOutcome = PostgresStatement(
        "webhook_attempts_by_outcome",
        """
        select number, event_id, name, status, error, latency_ms, made_at from webhook_attempts
        where webhook_id = $1 and (error is null) = $4::boolean and number < $2 order by number desc limit $3
        """)

    static let trimWebhookAttempts = PostgresStatement(
        "trim_webhook_attempts",
        """
        with expired as (
            delete from webhook_attempts where number = any(array(
                select number from webhook_attempts where made_at < $1 order by made_at limit $2
            )) returning number
        )
        select count(*) from expired
        """)

    static let stalledWebhooks = PostgresStatement(
        "stalled_webhooks", "select count(*) from webhooks where state = 'stalled'")
}
