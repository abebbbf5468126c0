-- Raises the floor of the log over up to `maximum` events that occurred before `kept_since`, and deletes those of reminders
-- among them; the others are the history of bookings. Deletes as many reminders that were missed before. Returns whether
-- there are more.
--
-- Writers do not wait for it: it takes neither the lock of the log nor a row that they lock. Of several replicas one trims
-- at a time, and the others do nothing.
create or replace function trim_event_log(kept_since bigint, maximum integer) returns boolean language plpgsql as $$
declare
    before bigint;
    boundary bigint;
    raised bigint;
    is_cut boolean;
begin
    with old as (
        select m.ctid as place from missed_reminders m
        where m.recorded_at < kept_since order by m.recorded_at limit maximum for update skip locked
    ), deleted as (
        delete from missed_reminders where ctid = any(array(select old.place from old)) returning 1
    )
    select count(*) = maximum into is_cut from deleted;
    boundary := oldest_readable(kept_since);
    select log.floor into before from event_log_floor log where log.floor < boundary for update skip locked;
    if before is null then return is_cut; end if;
    -- Null when fewer events are left.
    select e.position into raised from booking_events e
    where e.position > before and e.position <= boundary order by e.position limit 1 offset maximum - 1;
    raised := coalesce(raised, boundary);
    update event_log_floor set floor = raised;
    delete from booking_events e where e.position > before and e.position <= raised and e.lead_ms is not null;
    return is_cut or raised < boundary;
end $$;
