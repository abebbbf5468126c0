import Bookings

/// What a run did and saw. The checkers read nothing else.
///
/// `sequence` numbers are one count of the whole run, in the real order of what happened; instants are true virtual
/// time, whatever a replica's clock said.
package struct History: Codable, Sendable {
    /// A booking as an answer or an event showed it.
    package struct Row: Codable, Hashable, Sendable {
        package let id: BookingID
        package let provider: ProviderID
        package let customer: String?
        package let start: Timestamp
        package let end: Timestamp
        package let status: BookingStatus
        package let version: Int

        package var slot: TimeSlot { .stored(start: start, end: end) }
    }

    /// A request, from its sending to its answer.
    package struct Call: Codable, Sendable {
        package enum Kind: Codable, Hashable, Sendable {
            case create
            case act(ActionName)
            case read
            case history
            case list(String)
            case flawedToken(TokenFlaw)
        }

        /// The request's id, distinct for each try (but shared by alike contenders).
        package let request: String
        package let caller: Caller
        package let replica: Int
        package let kind: Kind
        /// The booking that was addressed, or made.
        package let booking: BookingID?
        /// For a create or a reschedule: whose time was asked for, and which.
        package let provider: ProviderID?
        package let wished: TimeSlot?
        package let key: String?
        package let match: Int?
        package let sent: Int
        package let answered: Int
        package let at: Timestamp
        /// Nil: no answer came, and nobody knows what became of it.
        package let status: Int?
        package let isReplay: Bool
        /// The booking of a success.
        package let row: Row?
        /// The bookings of a list.
        package let rows: [Row]?
        package let text: String

        package var isSuccess: Bool { status.map { (200..<300).contains($0) } ?? false }
        /// A request that may or may not have been done: no answer, or one that says nothing.
        package var isUnknown: Bool { status.map { $0 >= 500 } ?? true }
    }

    /// An event that a socket received.
    package struct Frame: Codable, Hashable, Sendable {
        package let socket: String
        /// Counts the connections of this socket.
        package let connection: Int
        package let name: String
        package let event: String
        package let booking: BookingID?
        package let start: Timestamp
        /// Of a reminder, in milliseconds.
        package let lead: Int64?
        package let isLate: Bool
        package let version: Int?
        package let occurredAt: Timestamp
        package let receivedAt: Timestamp
        package let sequence: Int
        package let text: String
    }

    /// A client that listens, over all its connections.
    package struct Listener: Codable, Sendable {
        package let caller: Caller
        /// How many events the log held when it began to listen; it is owed all that follow and that it may see.
        package let from: Int
        package let since: Timestamp
    }

    /// An event of the log, as the admin read it at the end.
    package struct Logged: Codable, Hashable, Sendable {
        package let event: String
        package let name: String
        package let booking: BookingID?
        package let provider: ProviderID?
        package let customer: String?
        package let start: Timestamp
        package let version: Int?
        package let lead: Int64?
        package let occurredAt: Timestamp
    }

    /// A walk over a list from its first page to its end.
    package struct Walk: Codable, Sendable {
        package let list: String
        /// In the order in which they were shown.
        package let shown: [SortKey]
        package let descending: Bool
        /// Bookings that stood in the list from before the walk until after it.
        package let standing: Set<BookingID>
        package let hasEnded: Bool
        /// How many of its pages were read after a booking was made behind the page before.
        package var inserts = 0
    }

    /// Upcoming and past at one instant, with all that they must hold together.
    package struct Partition: Codable, Sendable {
        package let instant: Timestamp
        package let upcoming: Set<BookingID>
        package let past: Set<BookingID>
        package let expectedUpcoming: Set<BookingID>
        package let expectedPast: Set<BookingID>
    }

    /// A stretch of time in which something was wrong, from the first fault to the last heal.
    package struct Trouble: Codable, Hashable, Sendable {
        package let what: String
        package let from: Timestamp
        /// `latest` while it lasts.
        package var until: Timestamp

        package static func stall(of socket: String) -> String { "\(socket) reads nothing" }
    }

    /// A booking and what was done to it, as the database held them at the end.
    package struct Final: Codable, Sendable {
        package let row: Row
        /// Request ids of its history, oldest first, with the version each made.
        package let requests: [String]
    }

    package var leads: [Duration] = [.seconds(600)]
    package var providers: [ProviderID] = []
    package var calls: [Call] = []
    package var frames: [Frame] = []
    package var listeners: [String: Listener] = [:]
    package var walks: [Walk] = []
    package var partitions: [Partition] = []
    package var troubles: [Trouble] = []
    /// The whole log, oldest first.
    package var log: [Logged] = []
    package var finals: [BookingID: Final] = [:]
    /// Sockets that a flawed token opened.
    package var falseSockets: [TokenFlaw] = []
    /// Replicas that did not come to rest or were not ready at the end, by what they said.
    package var restless: [String] = []
    /// Requests whose replica was ended in order, and that got no answer.
    package var drained: [String] = []
    /// Rare situations, by name, with how often they were reached.
    package var marks: [String: Int] = [:]
    /// The run was given up before its end: the log and the database were not read.
    package var isCut = false
    package var begunAt = Timestamp.earliest
    package var endedAt = Timestamp.earliest
}
