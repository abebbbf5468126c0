/// How far a replica is in telling its sockets and streams of the log.
struct RelayProgress: Hashable, Sendable {
    /// The place up to which they were told.
    private(set) var relayed: LogPosition
    /// The furthest place that anybody announced.
    private var announced: LogPosition

    init(from head: LogPosition) {
        relayed = head
        announced = head
    }

    /// How many events are known to lie ahead, at most: what was rolled back is counted, too.
    var lag: Int { max(0, Int(announced.number - relayed.number)) }

    /// A place beyond every log only says that announcements may have been lost: it tells nothing of how many.
    mutating func announce(_ head: LogPosition) {
        if head != LogPosition(.max) { announced = max(announced, head) }
    }

    mutating func relay(through position: LogPosition) {
        relayed = position
    }
}
