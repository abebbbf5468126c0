import Bookings

/// What a run did and saw, in virtual time. The checkers read nothing else.
struct History: Sendable {
    /// A write that was answered with success.
    struct Write: Hashable, Sendable {
        enum Kind: Hashable, Sendable { case create, cancel, move }
        let kind: Kind
        let booking: BookingID
        let provider: ProviderID
        let start: Timestamp
        let end: Timestamp
        let version: Int
        /// When the answer had come.
        let acknowledgedAt: Timestamp
    }

    /// An event that a socket received.
    struct Frame: Hashable, Sendable {
        let socket: String
        let name: String
        let event: String
        let booking: String
        let start: Timestamp
        let receivedAt: Timestamp
    }

    /// A walk over a list from its first page to its end.
    struct Walk: Hashable, Sendable {
        let list: String
        /// Ids in the order in which they were shown, each with its key.
        let shown: [SortKey]
        let descending: Bool
        /// Bookings that stood in the list from before the walk until after it.
        let standing: Set<BookingID>
        let hasEnded: Bool
    }

    /// Upcoming and past at one instant, with all that they must hold together.
    struct Partition: Hashable, Sendable {
        let instant: Timestamp
        let upcoming: Set<BookingID>
        let past: Set<BookingID>
        let expected: Set<BookingID>
    }

    /// All answers to one idempotency key: status and body.
    struct Repeats: Hashable, Sendable {
        let key: String
        let answers: [String]
    }

    var lead = Duration.seconds(600)
    /// The sockets, by name, with the instant from which they listened.
    var listeners: [String: Timestamp] = [:]
    var writes: [Write] = []
    var frames: [Frame] = []
    var walks: [Walk] = []
    var partitions: [Partition] = []
    var repeats: [Repeats] = []
    var endedAt = Timestamp.earliest
}
