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
        /// The booking that the event is about; `nil` for `resync`.
        package let booking: BookingID?
        /// The start of the booking's slot.
        package let start: Timestamp
        /// The lead of a reminder, in milliseconds.
        package let lead: Int64?
        /// Whether the reminder was marked as late.
        package let isLate: Bool
        /// The version of the booking; `nil` for a reminder.
        package let version: Int?
        /// When the event occurred, as the payload states it.
        package let occurredAt: Timestamp
        /// The virtual time of the arrival.
        package let receivedAt: Timestamp
        /// The sequence number of the arrival.
        package let sequence: Int
        /// The payload as it was received.
        package let payload: String
    }

    /// A client that listens, over all connections of its socket.
    package struct Listener: Codable, Sendable {
        /// The client, which decides what it may see.
        package let caller: Caller
        /// The number of events in the log when the client subscribed. It must receive every visible event after them.
        package let startPosition: Int
        /// The virtual time of the subscription.
        package let startedAt: Timestamp
        /// Whether it has an open socket. Others read from time to time what they have missed.
        package var isLive = true
        /// When it was told that the log does not reach back to its cursor, in ascending order.
        package var resyncs: [Resync] = []
    }

    /// A new beginning of a listener whose cursor was too old.
    package struct Resync: Codable, Hashable, Sendable {
        /// The sequence number, which orders it among the frames.
        package let sequence: Int
        /// The number of events in the log. The listener must receive every visible event after them.
        package let position: Int
        /// The virtual time.
        package let at: Timestamp
    }

    /// An event of the log, as an admin reads it after the run.
    package struct LogEntry: Codable, Hashable, Sendable {
        /// The id of the event.
        package let event: String
        /// The name of the event.
        package let name: String
        /// The booking that the event is about.
        package let booking: BookingID?
        /// The provider that may see the event.
        package let provider: ProviderID?
        /// The customer that may see the event.
        package let customer: String?
        /// The start of the booking's slot.
        package let start: Timestamp
        /// The version of the booking; `nil` for a reminder.
        package let version: Int?
        /// The lead of a reminder, in milliseconds.
        package let lead: Int64?
        /// When the event occurred.
        package let occurredAt: Timestamp
        /// The event's data as the log shows it; `nil` when it was not recorded.
        package var payload: String?
    }
}

extension History {
    /// When each reminder first reached a listener, by the id of its event.
    package var reminderArrivals: [String: Timestamp] {
        frames.reduce(into: [:]) { arrivals, frame in
            guard frame.isReminder else { return }
            arrivals[frame.event] = min(arrivals[frame.event] ?? frame.receivedAt, frame.receivedAt)
        }
    }
}

extension History.Listener {
    /// Returns the position in the log at which the listener last began before the sequence number.
    func startPosition(before sequence: Int) -> Int {
        resyncs.last { $0.sequence < sequence }?.position ?? startPosition
    }
}

extension History.LogEntry {
    /// Whether the event is a reminder.
    package var isReminder: Bool { name == EventName.reminder.rawValue }

    /// Whether the booking takes the event's times with it.
    var setsTimes: Bool { name == EventName.created.rawValue || name == EventName.rescheduled.rawValue }

    /// Whether the booking is over with it.
    var endsBooking: Bool {
        [EventName.cancelled, .declined, .completed, .noShow].contains { $0.rawValue == name }
    }
}

extension History.Frame {
    /// Whether the event is a reminder.
    package var isReminder: Bool { name == EventName.reminder.rawValue }

    /// The argument of the event's packet, which is an array of the name and the argument.
    var data: Substring {
        let head = "[\"\(name)\","
        return payload.hasPrefix(head) ? payload.dropFirst(head.count).dropLast() : payload[...]
    }

    /// Whether the frame is an event of the log, unlike `resync`.
    var isEvent: Bool { EventName(rawValue: name) != nil }
}
