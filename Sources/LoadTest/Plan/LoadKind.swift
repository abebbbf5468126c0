/// The kind of a request: every read and every write of a booking that the service has, and a user's session of several.
package enum LoadKind: String, CaseIterable, Codable, Sendable {
    case create, get, list, past, search, history, events
    case confirm, decline, cancel, reschedule, complete
    case noShow = "no-show"
    /// A user who creates a booking, waits for its event, thinks and cancels it.
    case session

    /// Whether it changes a booking that exists, of which each provider then needs some.
    var isAction: Bool {
        switch self {
        case .confirm, .decline, .cancel, .reschedule, .complete, .noShow: true
        case .create, .get, .list, .past, .search, .history, .events, .session: false
        }
    }

    /// Whether it is refused before the booking's start.
    var needsStartedBooking: Bool { self == .complete || self == .noShow }
}
