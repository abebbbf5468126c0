import Bookings

/// What a run did and saw. The checkers read nothing else.
///
/// `sequence` numbers are one count of the whole run, in the real order of what happened; instants are true virtual
/// time, whatever a replica's clock said.
struct History: Codable, Sendable {
    /// A booking as an answer or an event showed it.
    struct Row: Codable, Hashable, Sendable {
        let id: BookingID
        let provider: ProviderID
        let customer: String?
        let start: Timestamp
        let end: Timestamp
        let status: BookingStatus
        let version: Int

        var slot: TimeSlot { .stored(start: start, end: end) }
    }

    /// A request, from its sending to its answer.
    struct Call: Codable, Sendable {
        enum Kind: Codable, Hashable, Sendable {
            case create
            case act(ActionName)
            case read
            case history
            case list(String)
            case flawedToken(TokenFlaw)
        }

        /// The request's id, distinct for each try (but shared by alike contenders).
        let request: String
        let caller: Caller
        let replica: Int
        let kind: Kind
        /// The booking that was addressed, or made.
        let booking: BookingID?
        /// For a create or a reschedule: whose time was asked for, and which.
        let provider: ProviderID?
        let wished: TimeSlot?
        let key: String?
        let match: Int?
        let sent: Int
        let answered: Int
        let at: Timestamp
        /// Nil: no answer came, and nobody knows what became of it.
        let status: Int?
        let isReplay: Bool
        /// The booking of a success.
        let row: Row?
        /// The bookings of a list.
        let rows: [Row]?
        let text: String

        var isSuccess: Bool { status.map { (200..<300).contains($0) } ?? false }
        /// A request that may or may not have been done: no answer, or one that says nothing.
        var isUnknown: Bool { status.map { $0 >= 500 } ?? true }
    }

    /// An event that a socket received.
    struct Frame: Codable, Hashable, Sendable {
        let socket: String
        /// Counts the connections of this socket.
        let connection: Int
        let name: String
        let event: String
        let booking: BookingID?
        let start: Timestamp
        /// Of a reminder, in milliseconds.
        let lead: Int64?
        let isLate: Bool
        let version: Int?
        let occurredAt: Timestamp
        let receivedAt: Timestamp
        let sequence: Int
        let text: String
    }

    /// A client that listens, over all its connections.
    struct Listener: Codable, Sendable {
        let caller: Caller
        /// How many events the log held when it began to listen; it is owed all that follow and that it may see.
        let from: Int
        let since: Timestamp
    }

    /// An event of the log, as the admin read it at the end.
    struct Logged: Codable, Hashable, Sendable {
        let event: String
        let name: String
        let booking: BookingID?
        let provider: ProviderID?
        let customer: String?
        let start: Timestamp
        let version: Int?
        let lead: Int64?
        let occurredAt: Timestamp
    }

    /// A walk over a list from its first page to its end.
    struct Walk: Codable, Sendable {
        let list: String
        /// In the order in which they were shown.
        let shown: [SortKey]
        let descending: Bool
        /// Bookings that stood in the list from before the walk until after it.
        let standing: Set<BookingID>
        let hasEnded: Bool
        /// How many of its pages were read after a booking was made behind the page before.
        var inserts = 0
    }

    /// Upcoming and past at one instant, with all that they must hold together.
    struct Partition: Codable, Sendable {
        let instant: Timestamp
        let upcoming: Set<BookingID>
        let past: Set<BookingID>
        let expectedUpcoming: Set<BookingID>
        let expectedPast: Set<BookingID>
    }

    /// A stretch of time in which something was wrong, from the first fault to the last heal.
    struct Trouble: Codable, Hashable, Sendable {
        let what: String
        let from: Timestamp
        /// `latest` while it lasts.
        var until: Timestamp

        static func stall(of socket: String) -> String { "\(socket) reads nothing" }
    }

    /// A booking and what was done to it, as the database held them at the end.
    struct Final: Codable, Sendable {
        let row: Row
        /// Request ids of its history, oldest first, with the version each made.
        let requests: [String]
    }

    var leads: [Duration] = [.seconds(600)]
    var providers: [ProviderID] = []
    var calls: [Call] = []
    var frames: [Frame] = []
    var listeners: [String: Listener] = [:]
    var walks: [Walk] = []
    var partitions: [Partition] = []
    var troubles: [Trouble] = []
    /// The whole log, oldest first.
    var log: [Logged] = []
    var finals: [BookingID: Final] = [:]
    /// Sockets that a flawed token opened.
    var falseSockets: [TokenFlaw] = []
    /// Replicas that did not come to rest or were not ready at the end, by what they said.
    var restless: [String] = []
    /// Requests whose replica was ended in order, and that got no answer.
    var drained: [String] = []
    /// Rare situations, by name, with how often they were reached.
    var marks: [String: Int] = [:]
    /// The run was given up before its end: the log and the database were not read.
    var isCut = false
    var begunAt = Timestamp.earliest
    var endedAt = Timestamp.earliest
}
