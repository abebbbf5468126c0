extension Mutant {
    /// For PostgreSQL; nil: the schema is as it should be.
    var postgresChange: String? {
        switch self {
        case .dueLate: Self.trigger(on: "reminders", "new.due_at := new.due_at + 5000;")
        case .historyLost:
            Self.trigger(
                on: "booking_events",
                "if new.action is not null and new.position % 5 = 0 then new.request_id := 'another'; end if;")
        case .eventsLost: Self.trigger(on: "booking_events", "if new.position % 7 = 0 then return null; end if;")
        case .slotsShortened:
            Self.trigger(
                on: "bookings", "new.end_time := new.start_time + (new.end_time - new.start_time) / 4;")
        case .overlapUnchecked:
            "alter table bookings drop constraint bookings_no_overlap;"
                + Self.rewrite("write_bookings", "b.provider_id = input.provider_id", "false")
        case .remindersRepeated:
            "drop index booking_events_one_reminder;"
                + Self.trigger(
                    on: "booking_events",
                    """
                    if new.lead_ms is not null and pg_trigger_depth() = 1 then
                        insert into booking_events select (new).*;
                        new.position := nextval('event_log_positions');
                    end if;
                    """)
        case .keysLost: Self.trigger(on: "idempotency_records", "return null;")
        default: nil
        }
    }

    private static func trigger(on table: String, _ body: String) -> String {
        """
        create function mutant() returns trigger language plpgsql as $$ begin \(body) return new; end $$;
        create trigger mutant before insert on \(table) for each row execute function mutant();
        """
    }

    /// Changes a part of a function. One that no longer has it is a mutant that is not planted, and so an error.
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
