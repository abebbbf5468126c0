import Bookings

extension History {
    /// A booking as an answer or the final read showed it.
    package struct Row: Codable, Hashable, Sendable {
        /// The booking's id.
        package let id: BookingID
        /// The provider whose slot the booking occupies.
        package let provider: ProviderID
        /// The customer's subject; `nil` when the booking was made for none.
        package let customer: String?
        /// The start of the slot.
        package let start: Timestamp
        /// The end of the slot, exclusive.
        package let end: Timestamp
        /// The status of this version.
        package let status: BookingStatus
        /// The version, from 1.
        package let version: Int

        var slot: TimeSlot { .stored(start: start, end: end) }
    }

    /// A request with its answer.
    package struct Call: Codable, Sendable {
        /// What was requested.
        package enum Kind: Codable, Hashable, Sendable {
            case create
            case act(ActionName)
            case read
            case history
            /// A page, by its path with query.
            case list(String)
            /// Any request with a token that must be rejected.
            case flawedToken(TokenFlaw)
        }

        /// The request id: one for each attempt, shared by contenders that are alike.
        package let request: String
        /// The client that sent it.
        package let caller: Caller
        /// The index of the replica that received it.
        package let replica: Int
        /// What it requested.
        package let kind: Kind
        /// The booking that was addressed, or the one that was created.
        package let booking: BookingID?
        /// The provider of the requested slot, for a create or an action.
        package let provider: ProviderID?
        /// The slot that a create or a reschedule requested.
        package let requestedSlot: TimeSlot?
        /// The idempotency key.
        package let key: String?
        /// The version of the `If-Match` header, of `If-None-Match` for a read.
        package let match: Int?
        /// The sequence number of the sending.
        package let sent: Int
        /// The sequence number of the answer.
        package let answered: Int
        /// The virtual time of the sending.
        package let at: Timestamp
        /// The status of the answer; `nil` when none came, so that the outcome is unknown.
        package let status: Int?
        /// Whether the answer carried `Idempotency-Replayed`.
        package let isReplay: Bool
        /// The booking of a successful answer.
        package let row: Row?
        /// The bookings of a successful list.
        package let rows: [Row]?
        /// The body of the answer.
        package let body: String
    }
}

extension History.Call {
    /// Whether the answer has a 2xx status.
    package var isSuccess: Bool { status.map { (200..<300).contains($0) } ?? false }

    /// Whether the request may or may not have been executed: it got no answer, or a 5xx.
    package var hasUnknownOutcome: Bool { status.map { $0 >= 500 } ?? true }

    /// Whether the request changes a booking.
    var isWrite: Bool {
        switch kind {
        case .create, .act: true
        case .read, .history, .list, .flawedToken: false
        }
    }

    /// Whether the slot was refused as taken. A replayed refusal does not count: the slot may be free by now.
    var isConflict: Bool { status == 409 && !isReplay && body.contains("slot-taken") }

    /// Whether the key was refused because its first request was still being executed.
    var isInProgress: Bool { status == 409 && body.contains("request-in-progress") }

    /// All bookings that the answer shows.
    var shownRows: [History.Row] { (row.map { [$0] } ?? []) + (rows ?? []) }
}
