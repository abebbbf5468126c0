/// How far a replica has delivered the event log, compared with how far others say that it reaches.
package struct RelayProgress: Hashable, Sendable {
    /// The position up to which events were delivered.
    package private(set) var relayed: LogPosition
    /// The furthest position that was announced.
    private var announced: LogPosition
    /// The furthest position that was announced since the last read of the log began.
    private var announcedSinceRead: LogPosition
    /// Whether announcements may have been lost since the last read of the log began.
    private var mayHaveMissed = false

    /// Creates the progress of a replica that begins at the head of the log.
    package init(from head: LogPosition) {
        relayed = head
        announced = head
        announcedSinceRead = head
    }

    /// The number of announced events that were not delivered yet; an upper bound, since a transaction that is rolled
    /// back leaves a gap in the positions.
    package var lag: Int { max(0, Int(announced.number - relayed.number)) }

    /// Whether there is a reason to read the log.
    package var isBehind: Bool { mayHaveMissed || announced > relayed }

    /// The furthest position that was delivered or announced.
    package var furthest: LogPosition { max(relayed, announced) }

    /// The log reaches `head`. `LogPosition(.max)` means that announcements may have been lost, and does not count as lag.
    package mutating func announce(_ head: LogPosition) {
        if head == LogPosition(.max) { return announcementsMayBeLost() }
        announced = max(announced, head)
        announcedSinceRead = max(announcedSinceRead, head)
    }

    /// Announcements may have been lost: the log has to be read.
    package mutating func announcementsMayBeLost() { mayHaveMissed = true }

    /// Call before each read of the log.
    package mutating func willRead() {
        mayHaveMissed = false
        announcedSinceRead = relayed
    }

    /// The log was read to its end: events that were announced before the read and are not in the log do not exist. The
    /// shared bus is not trusted, and a failover may have lost what was announced.
    package mutating func didRead() {
        announced = max(relayed, announcedSinceRead)
    }

    /// Events up to `position` were delivered.
    package mutating func relay(through position: LogPosition) {
        relayed = position
    }

    /// The log was rewound and ends at `head`.
    package mutating func restart(at head: LogPosition) {
        self = RelayProgress(from: head)
    }
}
