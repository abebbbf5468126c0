extension Mutant {
    static let schema = [
        dueLate, historyLost, eventsLost, slotsShortened, overlapUnchecked, remindersRepeated, keysLost, actorChanged,
        serviceChanged,
        anotherLead,
    ]

    static let dueLate = Mutant(
        "schema-due-late", "the database moves due instants by five seconds",
        caughtBy: "reminder-late", in: .reminders,
        .schema(
            sqlite: """
                create trigger mutant after insert on reminders begin
                    update reminders set due_at = due_at + 5000 where booking_id = new.booking_id
                        and times_version = new.times_version and lead_ms = new.lead_ms;
                end
                """,
            postgres: trigger(on: "reminders", "new.due_at := new.due_at + 5000;")))

    static let historyLost = Mutant(
        "schema-history-lost", "the database changes the request ids of the history",
        caughtBy: "durable", in: .reminders,
        .schema(
            sqlite: """
                create trigger mutant after insert on booking_events when new.action is not null and new.position % 5 = 0
                begin
                    update booking_events set request_id = 'another' where position = new.position;
                end
                """,
            postgres: trigger(
                on: "booking_events",
                "if new.action is not null and new.position % 5 = 0 then new.request_id := 'another'; end if;")))

    static let eventsLost = Mutant(
        "schema-events-lost", "the database loses one event in seven",
        caughtBy: "event-gapless", in: .reminders,
        .schema(
            sqlite: """
                create trigger mutant after insert on booking_events when new.position % 7 = 0 begin
                    delete from booking_events where position = new.position;
                end
                """,
            postgres: trigger(on: "booking_events", "if new.position % 7 = 0 then return null; end if;")))

    static let slotsShortened = Mutant(
        "schema-slots-shortened", "the database shortens bookings",
        caughtBy: "durable", in: .doubleBooking,
        .schema(
            sqlite: """
                create trigger mutant after insert on bookings begin
                    update bookings set end_time = start_time + (end_time - start_time) / 4 where id = new.id;
                end
                """,
            postgres: trigger(
                on: "bookings", "new.end_time := new.start_time + (new.end_time - new.start_time) / 4;")))

    static let overlapUnchecked = Mutant(
        "schema-overlap-unchecked", "PostgreSQL has neither the constraint against overlaps nor the check before it",
        caughtBy: "no-double-booking", in: .doubleBooking,
        .schema(
            sqlite: nil,
            postgres: "alter table bookings drop constraint bookings_no_overlap;"
                + rewrite("write_bookings", "b.provider_id = input.provider_id", "false")))

    static let remindersRepeated = Mutant(
        "schema-reminders-repeated", "PostgreSQL has no unique key for reminders and records them twice",
        caughtBy: "reminder-once", in: .reminders,
        .schema(
            sqlite: nil,
            postgres: "drop index booking_events_one_original;"
                + trigger(
                    on: "booking_events",
                    """
                    if new.lead_ms is not null and pg_trigger_depth() = 1 then
                        insert into booking_events select (new).*;
                        new.position := nextval('event_log_positions');
                    end if;
                    """)))

    static let keysLost = Mutant(
        "schema-keys-lost", "PostgreSQL stores no idempotency records of creates",
        caughtBy: "idempotent", in: .dedupe,
        .schema(
            sqlite: nil,
            // Records of refusals are stored: the service waits for a record that is missing right after it was written.
            postgres: trigger(on: "idempotency_records", "if new.status = 201 then return null; end if;")))

    static let actorChanged = Mutant(
        "schema-actor-changed", "the database changes the actor of one change in five", caughtBy: "contract",
        in: .reminders,
        .schema(
            sqlite: changeOfEvent("new.action is not null and new.position % 5 = 0", "actor_subject = 'somebody'"),
            postgres: trigger(
                on: "booking_events",
                "if new.action is not null and new.position % 5 = 0 then new.actor_subject := 'somebody'; end if;")))

    static let serviceChanged = Mutant(
        "schema-service-changed", "the database stores events with another service", caughtBy: "contract",
        in: .reminders,
        .schema(
            sqlite: changeOfEvent("true", "service_id = '00000000-0000-4000-8000-000000000000'"),
            postgres: trigger(on: "booking_events", "new.service_id := '00000000-0000-4000-8000-000000000000';")))

    static let anotherLead = Mutant(
        "reminder-of-another-lead", "the database records reminders with another lead", caughtBy: "contract",
        in: .cancelReschedule,
        .schema(
            sqlite: changeOfEvent("new.lead_ms is not null", "lead_ms = new.lead_ms + 60000"),
            postgres: trigger(
                on: "booking_events",
                "if new.lead_ms is not null then new.lead_ms := new.lead_ms + 60000; end if;")))

    /// A trigger of SQLite that changes the events that the condition selects.
    private static func changeOfEvent(_ condition: String, _ change: String) -> String {
        """
        create trigger mutant after insert on booking_events when \(condition) begin
            update booking_events set \(change) where position = new.position;
        end
        """
    }

    private static func trigger(on table: String, _ body: String) -> String {
        """
        create function mutant() returns trigger language plpgsql as $$ begin \(body) return new; end $$;
        create trigger mutant before insert on \(table) for each row execute function mutant();
        """
    }

    /// Replaces a part of a function's text; an error if the function does not contain it.
    private static func rewrite(_ function: String, _ part: String, _ other: String) -> String {
        """
        do $$ declare
            old text := pg_get_functiondef('\(function)'::regproc);
        begin
            if position('\(part)' in old) = 0 then raise exception '\(function) has no such part'; end if;
            execute replace(old, '\(part)', '\(other)');
        end $$;
        """
    }
}
