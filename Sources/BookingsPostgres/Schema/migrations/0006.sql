-- the traces of events
--
-- Adding the column changes the catalog alone, whatever the size of the table.

-- The traceparent of the request that wrote the event (W3C Trace Context), for the deliveries to webhooks; null when the
-- client sent none and the request was not recorded.
alter table booking_events add column if not exists traceparent text;

-- It has another parameter now, which replicas of the release before do not give.
drop function if exists write_bookings(
    uuid[], uuid[], text[], uuid[], bigint[], bigint[], text[], integer[], integer[], bigint[], bigint[], integer[],
    text[], text[], text[], text[], text[], text[], text[], text[], bytea[], integer[], text[], text[], text[], bytea[],
    bigint[], bigint[], integer[], bigint[], bigint[]);
