import Bookings

/// What was read of a served cluster's event log, and what the control API did to it.
struct ServedRecord: Sendable {
    /// The most events and lines that are kept for certain.
    static let capacity = 100_000

    /// An event as the event stream has it, and the true time at which it was read.
    struct SeenEvent: Sendable {
        let json: JSONValue
        let at: Timestamp
    }

    /// The events, oldest first.
    private(set) var events = BoundedLog<SeenEvent>(capacity: capacity)
    /// The lines of the trace.
    private(set) var lines = BoundedLog<String>(capacity: capacity)
    /// The cursor behind the events that were read; `nil` at the beginning of the log.
    private(set) var cursor: String?
    /// The length of the log when it was read to its end.
    var length = 0
    /// Whether a fault kept every replica from answering, which is not tried again before one is repaired.
    var isUnreadable = false
    /// The events that were read and that no move has reported.
    var unreported: [JSONValue] = []
    /// Whether what the last move set off could not be read; the next one reports it.
    var owesEvents = false

    init(_ plan: Plan) {
        lines.append(Trace.header(of: plan))
    }

    /// Adds a page of events that were read at `now`.
    mutating func append(_ page: [JSONValue], next: String?, at now: Timestamp) {
        cursor = next ?? cursor
        unreported += page
        for event in page {
            events.append(SeenEvent(json: event, at: now))
            let data = event["data"] ?? .null
            note([
                "at": RFC3339.string(now), "booking": (data["booking_id"] ?? data["id"])?.string ?? "",
                "event": data["event"]?["id"]?.string ?? "", "name": event["name"]?.string ?? "", "op": "event",
            ])
        }
    }

    /// Adds a line to the trace. The members must be sorted by name.
    mutating func note(_ members: KeyValuePairs<String, String>) { lines.append(Trace.line(members)) }
}
