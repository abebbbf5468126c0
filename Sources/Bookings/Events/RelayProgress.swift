/// How far a replica is in telling its sockets and streams of the log.
package struct RelayProgress: Hashable, Sendable {
    /// The place up to which they were told.
    package private(set) var relayed: LogPosition
    /// The furthest place that anybody announced.
    private var announced: LogPosition
    /// The furthest place that was announced since the log was last read.
    private var announcedSince: LogPosition
    /// Whether announcements may have been lost since the log was read.
    private var mayHaveMissed = false

    package init(from head: LogPosition) {
        relayed = head
        announced = head
        announcedSince = head
    }

    /// How many events are known to lie ahead, at most: what was rolled back is counted, too.
    package var lag: Int { max(0, Int(announced.number - relayed.number)) }

    /// Whether there is a reason to read the log.
    package var isBehind: Bool { mayHaveMissed || announced > relayed }

    /// A place beyond every log only says that announcements may have been lost: it tells nothing of how many.
    package mutating func announce(_ head: LogPosition) {
        if head == LogPosition(.max) {
            mayHaveMissed = true
        } else {
            announced = max(announced, head)
            announcedSince = max(announcedSince, head)
        }
    }

    /// To be called before each reading of the log.
    package mutating func willRead() {
        mayHaveMissed = false
        announcedSince = relayed
    }

    /// The log was read to its end: what was announced before that and is not there does not exist. The shared bus is
    /// not trusted, and a failover may have lost what was announced.
    package mutating func didRead() {
        announced = max(relayed, announcedSince)
    }

    package mutating func relay(through position: LogPosition) {
        relayed = position
    }

    /// The furthest place that anybody spoke of.
    package var furthest: LogPosition { max(relayed, announced) }

    /// The log went back, and ends there now.
    package mutating func restart(at head: LogPosition) {
        self = RelayProgress(from: head)
    }
}
