import Bookings

/// A rule that holds in every run, whatever goes wrong.
package struct Invariant: Sendable {
    package let name: String
    /// The rule, in one sentence.
    package let says: String
    private let find: @Sendable (History) -> [Finding]

    init(_ name: String, _ says: String, _ find: @escaping @Sendable (History) -> [Finding]) {
        self.name = name
        self.says = says
        self.find = find
    }

    /// More of one kind tell nothing new.
    static let most = 100

    func check(_ history: History) -> [Violation] {
        find(history).prefix(Self.most).map {
            Violation(invariant: name, detail: $0.detail, booking: $0.booking, at: $0.at)
        }
    }
}

/// The invariants, each a function of the history alone.
package enum Checkers {
    package static let all: [Invariant] = reminders + events + pages + writes + sight + run

    package static func judge(_ history: History) -> [Violation] {
        // Of a run that was given up it is known only that it was.
        (history.isCut ? run : all).flatMap { $0.check(history) }
    }

    private static let reminders = [
        Invariant(
            "reminder-early", "No reminder comes before the start minus the lead, whatever a replica's clock says.",
            ReminderRules.early),
        Invariant(
            "reminder-late",
            "A reminder comes within a second of being due or armed; around a fault, within five of the last heal.",
            LateReminders.find),
        Invariant(
            "reminder-once",
            "One reminder for each booking, version of its times and lead; an extra copy has its id, and a fault by it.",
            ReminderRules.once),
        Invariant(
            "reminder-stale",
            "No reminder follows the booking's end in any status, or names times that it has no more.",
            ReminderRules.stale),
    ]

    private static let events = [
        Invariant(
            "event-causal", "A booking's creation comes first, everywhere; what was announced is there.",
            EventCausality.find),
        Invariant(
            "event-gapless", "Each listener has every event that it may see, in the log's order, once.",
            EventGaps.find),
    ]

    private static let pages = [
        Invariant(
            "page-walk", "A walk by cursor repeats nothing, skips nothing that stood throughout, is sorted and ends.",
            PageRules.walk),
        Invariant(
            "partition", "Upcoming and past are disjoint and complete at every instant, boundaries included.",
            PageRules.partition),
    ]

    private static let writes = [
        Invariant(
            "idempotent", "One key makes one booking and has one answer, across retries, crashes and replicas.",
            Idempotence.find),
        Invariant(
            "no-double-booking",
            "No provider is held twice for one instant, and none is refused for a slot that is free.",
            DoubleBookings.find),
        Invariant("durable", "What was acknowledged is in the database, and what was refused is not.", Durability.find),
    ]

    private static let sight = [
        Invariant(
            "cache-fresh", "A read is at least as new as what was acknowledged before it began.", CacheFreshness.find),
        Invariant("tenant-sealed", "Nobody is shown anything of another tenant's.", TenantSeal.find),
        Invariant("auth", "No flawed token gets a success or a socket.", RunRules.auth),
    ]

    private static let run = [
        Invariant("converge", "After the last heal all comes to rest and is ready.", RunRules.converge),
        Invariant("drain", "A replica that ends in order answers what it took.", RunRules.drain),
    ]
}
