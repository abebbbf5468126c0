import Bookings
import SimulationKit

/// The data of one run in an HTML report, as `report.js` reads it. Instants are in milliseconds since its beginning.
struct HTMLRun: Encodable {
    let title: String
    let subtitle: String
    /// In milliseconds since 1970.
    let begin: Int64
    let end: Int64
    let bookings: [String]
    let calls: [Item]
    let frames: [Item]
    let reminders: [Item]
    let faults: [Item]
    let violations: [Finding]
    /// The bodies of answers and the payloads of events, each once.
    let texts: [String]

    /// Something that happened at an instant, or during a period.
    struct Item: Encodable {
        var at: Int64
        var until: Int64?
        var label: String
        var kind = ""
        var caller: String?
        var replica: Int?
        var booking: String?
        /// The other bookings that an answer shows.
        var rows: [String]?
        /// The request as it was sent.
        var request: String?
        /// The index into `texts`; -1 without one.
        var text = -1
        var order: Int?
    }

    /// A violation.
    struct Finding: Encodable {
        let invariant: String
        let detail: String
        let booking: String?
        let at: Int64?
    }

    init(_ result: RunResult, _ history: History) {
        let plan = result.plan
        title = "\(plan.title), seed \(plan.seed): \(result.outcome.rawValue)"
        subtitle =
            "\(plan.settings.replicas) replicas, \(plan.settings.stores.rawValue), \(plan.settings.world.rawValue), "
            + "\(history.calls.count) requests, \(history.frames.count) frames, commit \(result.commit)"
        var writer = HTMLItems(history)
        begin = history.begunAt.milliseconds
        end = writer.milliseconds(history.endedAt)
        calls = history.calls.map { writer.item($0) }
        frames = history.frames.map { writer.item($0) }
        reminders = TimelineReminders(history).pairs.map { pair in
            let lateness = pair.due.duration(to: pair.sent).wholeMilliseconds
            return Item(
                at: writer.milliseconds(pair.sent), label: "reminder sent \(lateness) ms after it was due",
                kind: pair.sent > pair.due + Reminder.tolerance ? "late" : "reminder",
                booking: pair.booking.description)
        }
        faults = FaultSpan.all(of: plan, until: history.endedAt).map { span in
            let (from, until) = (writer.milliseconds(span.from), writer.milliseconds(span.until ?? span.from))
            return Item(at: from, until: until, label: "\(span.label), \(span.target.name)")
        }
        bookings = Set(calls.compactMap(\.booking)).sorted()
        violations = result.violations.map { violation in
            Finding(
                invariant: violation.invariant, detail: violation.detail, booking: violation.booking?.description,
                at: violation.at.map { writer.milliseconds($0) })
        }
        texts = writer.texts
    }
}

extension History.Call.Kind {
    fileprivate var words: String {
        switch self {
        case .create: "create"
        case .act(let action): action.rawValue
        case .read: "read"
        case .history: "read history"
        case .list(let path): "list \(path)"
        case .flawedToken(let flaw): "token with the flaw \(flaw.rawValue)"
        }
    }
}

extension FaultTarget {
    fileprivate var name: String {
        switch self {
        case .replica(let number): "replica \(number)"
        case .socket(let name): "socket \(name)"
        case .redis: "Redis"
        case .postgres: "PostgreSQL"
        case .keyServer: "key server"
        case .receivers: "receivers"
        }
    }
}

/// Makes the items of a run, and keeps each text once and all of them within a limit.
private struct HTMLItems {
    private(set) var texts: [String] = []
    private let begin: Timestamp
    private let requests: [Int: History.Exchange]
    private var indices: [String: Int] = [:]
    private var size = 0

    /// The limit of all texts, in bytes, so that a report stays small enough to be opened and sent.
    private static let maximumSize = 900_000
    private static let maximumText = 1500
    /// The number of bookings that are noted for the answer to a list.
    private static let maximumRows = 20

    init(_ history: History) {
        begin = history.begunAt
        requests = Dictionary(history.exchanges.map { ($0.sent, $0) }) { first, _ in first }
    }

    func milliseconds(_ instant: Timestamp) -> Int64 { begin.duration(to: instant).wholeMilliseconds }

    mutating func item(_ call: History.Call) -> HTMLRun.Item {
        let exchange = requests[call.sent]
        let status = call.status.map { "\($0)" } ?? "no answer"
        let headers = exchange?.requestHeaders.map { "\($0.name): \($0.value)" } ?? []
        let kind = call.isSuccess ? "success" : call.hasUnknownOutcome ? "unknown" : "refused"
        return HTMLRun.Item(
            at: milliseconds(call.at),
            label: "\(call.caller): \(call.kind.words) (\(call.request)) on replica \(call.replica): \(status)",
            kind: kind, caller: call.caller.description, replica: call.replica,
            booking: (call.booking ?? call.row?.id)?.description,
            rows: call.rows.map { $0.prefix(Self.maximumRows).map(\.id.description) },
            request: exchange.map { (["\($0.method) \($0.target)"] + headers).joined(separator: "\n") },
            text: index(of: call.body), order: call.sent)
    }

    mutating func item(_ frame: History.Frame) -> HTMLRun.Item {
        HTMLRun.Item(
            at: milliseconds(frame.receivedAt), label: "\(frame.socket) receives \(frame.name)",
            kind: frame.isReminder ? (frame.isLate ? "late" : "reminder") : "event", caller: frame.socket,
            booking: frame.booking?.description, text: index(of: frame.payload), order: frame.sequence)
    }

    private mutating func index(of text: String) -> Int {
        if text.isEmpty { return -1 }
        if let known = indices[text] { return known }
        let kept = text.utf8.count > Self.maximumText ? String(text.prefix(Self.maximumText)) + " …" : text
        guard size + kept.utf8.count <= Self.maximumSize else { return -1 }
        size += kept.utf8.count
        texts.append(kept)
        indices[text] = texts.count - 1
        return texts.count - 1
    }
}
