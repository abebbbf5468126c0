/// The tables of webhooks, as a migration makes them.
enum WebhookSchema {
    static let sql = """
        -- The number of the last change of a webhook.
        create table webhook_revision (
            id integer constraint webhook_revision_pkey primary key,
            value integer not null,
            constraint webhook_revision_one_row check (id = 1)
        ) strict;
        insert into webhook_revision (id, value) values (1, 0);
        create table webhooks (
            id text constraint webhooks_pkey primary key,
            -- Null for the events of all providers.
            provider_id text,
            -- The owner 'a' (administrators) or 'p' and a provider has a webhook in each of 20 places at most.
            owner text not null,
            place integer not null,
            url text not null,
            -- The names between commas; empty for all events.
            events text not null,
            ordering text not null,
            state text not null,
            secret blob not null,
            previous_secret blob,
            previous_expires_at integer,
            created_at integer not null,
            revision integer not null,
            -- See WebhookProgress.
            position integer not null,
            settled integer not null,
            ahead text not null,
            retries text not null,
            last_success_at integer,
            last_error text,
            lease_token integer not null default 0,
            lease_until integer not null default 0,
            constraint webhooks_place_of_owner unique (owner, place),
            constraint webhooks_places check (place between 1 and 20),
            constraint webhooks_ordering check (ordering in ('endpoint', 'booking')),
            constraint webhooks_state check (state in ('active', 'paused', 'failing', 'stalled'))
        ) strict;
        create index webhooks_by_revision on webhooks (revision);
        create index webhooks_by_position on webhooks (position, id);
        create index webhooks_stalled on webhooks (id) where state = 'stalled';
        create table webhook_attempts (
            number integer constraint webhook_attempts_pkey primary key,
            webhook_id text not null,
            event_id text not null,
            name text not null,
            status integer,
            error text,
            latency_ms integer not null,
            made_at integer not null
        ) strict;
        create index webhook_attempts_by_webhook on webhook_attempts (webhook_id, number);
        create index webhook_attempts_by_outcome on webhook_attempts (webhook_id, (error is null), number);
        create index webhook_attempts_by_age on webhook_attempts (made_at);
        """
}
