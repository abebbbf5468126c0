/// A line of the result: what was measured many times.
package enum LoadRow: Hashable, Sendable, Codable {
    case requests(LoadKind)
    /// The requests of all kinds.
    case total
    /// From the due instant of a create to its `booking.created` at a listener.
    case frame
    /// From the response to a create to its `booking.created` at a listener; 0 when the event is there first.
    case frameAfterAnswer
    /// From the instant at which an event was recorded (`occurred_at`) to its receipt.
    case eventDelay
    /// From the due instant of a reminder (`due_at`) to its receipt.
    case reminderLateness

    static let all: [LoadRow] =
        LoadKind.allCases.map { .requests($0) } + [.total, .frame, .frameAfterAnswer, .eventDelay, .reminderLateness]

    /// The name in objectives and reports.
    package var name: String {
        switch self {
        case .requests(let kind): kind.rawValue
        case .total: "total"
        case .frame: "frame"
        case .frameAfterAnswer: "frame_after_answer"
        case .eventDelay: "event_delay"
        case .reminderLateness: "reminder_lateness"
        }
    }

    /// Whether listeners measure it.
    var isOfEvents: Bool {
        switch self {
        case .requests, .total: false
        case .frame, .frameAfterAnswer, .eventDelay, .reminderLateness: true
        }
    }
}
