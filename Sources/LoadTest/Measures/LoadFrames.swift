/// The measurements of the listeners: sockets, polling clients and event streams.
struct LoadFrames: Sendable, Codable {
    /// The time from the due instant of a create to its `booking.created` at a listener.
    var sample = LoadSample()
    /// The time from the response to a create to its `booking.created`; 0 when the event came first.
    var afterAnswer = LoadSample()
    /// The time from the instant at which an event was recorded to its receipt.
    var delay = LoadSample()
    /// The number of frames of other events, and of bookings that this load did not create.
    var others: UInt64 = 0
    /// The number of frames that the listeners of the providers must receive for acknowledged creates.
    var owed: UInt64 = 0
    /// The number of frames that a listener received again.
    var doubled: UInt64 = 0
    var reminders = LoadReminders()
    var socketsOpen = 0
    var socketsLost = 0
    /// The number of listeners that could not be opened, by error.
    var socketErrors: [String: UInt64] = [:]

    mutating func add(_ other: LoadFrames) {
        sample.add(other.sample)
        afterAnswer.add(other.afterAnswer)
        delay.add(other.delay)
        others += other.others
        owed += other.owed
        doubled += other.doubled
        reminders.add(other.reminders)
        socketsOpen += other.socketsOpen
        socketsLost += other.socketsLost
        socketErrors.merge(other.socketErrors, uniquingKeysWith: +)
    }
}

/// The measurements of the reminders that a load test armed.
struct LoadReminders: Sendable, Codable {
    /// The time from a reminder's due instant to its receipt. A reminder that a listener did not receive is lost.
    var lateness = LoadSample()
    /// The number of bookings whose reminder is due during the load.
    var armed: UInt64 = 0
    /// The number that could not be armed a second before they are due, because the preparation took too long.
    var unarmed: UInt64 = 0
    /// The number that at least one listener received.
    var received: UInt64 = 0
    /// The number of receipts before the due instant.
    var early: UInt64 = 0
    /// The number that a listener received again.
    var doubled: UInt64 = 0
    /// The number of receipts that the listeners owe.
    var owed: UInt64 = 0

    /// The number of receipts that did not happen.
    var missing: UInt64 { lateness.lost }

    mutating func add(_ other: LoadReminders) {
        lateness.add(other.lateness)
        armed += other.armed
        unarmed += other.unarmed
        received += other.received
        early += other.early
        doubled += other.doubled
        owed += other.owed
    }
}
