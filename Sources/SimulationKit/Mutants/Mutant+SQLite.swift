extension Mutant {
    /// For SQLite; nil: the schema is as it should be.
    var schemaChange: String? {
        switch self {
        case .dueLate:
            """
            create trigger mutant after insert on reminders begin
                update reminders set due_at = due_at + 5000 where booking_id = new.booking_id
                    and times_version = new.times_version and lead_ms = new.lead_ms;
            end
            """
        case .historyLost:
            """
            create trigger mutant after insert on booking_events when new.action is not null and new.position % 5 = 0
            begin
                update booking_events set request_id = 'another' where position = new.position;
            end
            """
        case .eventsLost:
            """
            create trigger mutant after insert on booking_events when new.position % 7 = 0 begin
                delete from booking_events where position = new.position;
            end
            """
        case .slotsShortened:
            """
            create trigger mutant after insert on bookings begin
                update bookings set end_time = start_time + (end_time - start_time) / 4 where id = new.id;
            end
            """
        default: nil
        }
    }
}
