-- webhooks, their leases and attempts

-- The number of the last change of a webhook. A change takes the row's lock first, so revisions follow the order of commits.
create table webhook_revision (
    id integer constraint webhook_revision_pkey primary key,
    value bigint not null,
    constraint webhook_revision_one_row check (id = 1)
) with (fillfactor = 10);
insert into webhook_revision (id, value) values (1, 0);

create table webhooks (
    id uuid constraint webhooks_pkey primary key,
    -- Null for the events of all providers.
    provider_id uuid,
    -- The owner 'a' (administrators) or 'p' and a provider has a webhook in each of 20 places at most.
    owner text collate "C" not null,
    place integer not null,
    url text not null,
    -- The names between commas; empty for all events.
    events text not null,
    ordering text not null,
    state text not null,
    secret bytea not null,
    previous_secret bytea,
    previous_expires_at bigint,
    created_at bigint not null,
    revision bigint not null,
    -- See WebhookProgress.
    position bigint not null,
    settled bigint not null,
    ahead text not null,
    retries text not null,
    last_success_at bigint,
    last_error text,
    lease_token bigint not null default 0,
    lease_until bigint not null default 0,
    constraint webhooks_place_of_owner unique (owner, place),
    constraint webhooks_places check (place between 1 and 20),
    constraint webhooks_ordering check (ordering in ('endpoint', 'booking')),
    constraint webhooks_state check (state in ('active', 'paused', 'failing', 'stalled'))
) with (fillfactor = 50);
create index webhooks_by_revision on webhooks (revision);
create index webhooks_by_position on webhooks (position, id);
create index webhooks_stalled on webhooks (id) where state = 'stalled';

create table webhook_attempts (
    number bigint generated always as identity constraint webhook_attempts_pkey primary key,
    webhook_id uuid not null,
    event_id uuid not null,
    name text not null,
    status integer,
    error text,
    latency_ms bigint not null,
    made_at bigint not null
);
create index webhook_attempts_by_webhook on webhook_attempts (webhook_id, number);
create index webhook_attempts_by_outcome on webhook_attempts (webhook_id, (error is null), number);
create index webhook_attempts_by_age on webhook_attempts (made_at);
