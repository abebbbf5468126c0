import Bookings

extension History {
    /// An event that a socket received.
    package struct Frame: Codable, Hashable, Sendable {
        /// The name of the socket, the same over all its connections.
        package let socket: String
        /// The number of the connection, counted by socket.
        package let connection: Int
        /// The name of the event.
        package let name: String
        /// The id of the event.
        package let event: String
        package let booking: BookingID?
        package let start: Timestamp
        /// The lead of a reminder, in milliseconds.
        package let lead: Int64?
        /// Whether the reminder was marked as late.
        package let isLate: Bool
        /// The version of the booking; `nil` for a reminder.
        package let version: Int?
        package let occurredAt: Timestamp
        package let receivedAt: Timestamp
        package let sequence: Int
        /// The payload as it was received.
        package let payload: String
    }

    /// A client that listens, over all connections of its socket.
    package struct Listener: Codable, Sendable {
        package let caller: Caller
        /// The number of events in the log when the client subscribed. It must receive every visible event after them.
        package let startPosition: Int
        package let startedAt: Timestamp
    }

    /// An event of the log, as an admin reads it after the run.
    package struct LogEntry: Codable, Hashable, Sendable {
        /// The id of the event.
        package let event: String
        /// The name of the event.
        package let name: String
        package let booking: BookingID?
        package let provider: ProviderID?
        package let customer: String?
        package let start: Timestamp
        /// The version of the booking; `nil` for a reminder.
        package let version: Int?
        /// The lead of a reminder, in milliseconds.
        package let lead: Int64?
        package let occurredAt: Timestamp
    }
}

extension History.LogEntry {
    var isReminder: Bool { name == EventName.reminder.rawValue }

    /// Whether the booking takes the event's times with it.
    var setsTimes: Bool { name == EventName.created.rawValue || name == EventName.rescheduled.rawValue }

    /// Whether the booking is over with it.
    var endsBooking: Bool {
        [EventName.cancelled, .declined, .completed, .noShow].contains { $0.rawValue == name }
    }
}

extension History.Frame {
    var isReminder: Bool { name == EventName.reminder.rawValue }

    /// Whether the frame is an event of the log, unlike `resync`.
    var isEvent: Bool { EventName(rawValue: name) != nil }
}
