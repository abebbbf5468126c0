import TestSupport

@testable import Bookings
@testable import SimulationKit

/// A history with whole answers: customer 0 creates a booking, moves it in vain and cancels it; the admin reads it, a page
/// and the history. A test then changes one thing in it.
struct ContractHistory {
    private(set) var history = History()
    private let id = aBooking().id
    private let wished = TimeSlot.stored(start: at(3600), end: at(4200))
    private var sequence = 0

    init() {
        history.providers = [aProvider]
        history.listeners["admin"] = .init(caller: .admin, startPosition: 0, startedAt: at(0))
        history.begunAt = at(0)
        history.endedAt = at(10_000)
        create()
        refuse()
        cancel()
        read()
        page()
        readHistory()
        history.finalStates[id] = .init(row: row(2, .cancelled), requests: ["r-create", "r-cancel"])
    }

    /// Returns the violations of `contract` after a change of the exchange with this request id.
    func violations(in request: String, _ change: (inout ExchangeDraft) -> Void) -> [String] {
        var copy = self
        guard let index = copy.history.exchanges.firstIndex(where: { $0.request == request }) else {
            return ["no such request"]
        }
        var draft = ExchangeDraft(copy.history.exchanges[index])
        change(&draft)
        copy.history.exchanges[index] = draft.exchange
        return copy.violations
    }

    /// The violations of `contract`.
    var violations: [String] { Checker.contract.check(history).map(\.detail) }

    mutating func changeFrame(_ change: (String) -> String) {
        let old = history.frames[0]
        history.frames[0] = .init(
            socket: old.socket, connection: 0, name: old.name, event: old.event, booking: old.booking,
            start: old.start, lead: nil, isLate: false, version: 1, occurredAt: old.occurredAt,
            receivedAt: old.receivedAt, sequence: old.sequence, payload: change(old.payload))
    }

    mutating func changeLog(_ change: (String) -> String) {
        history.log[0].payload = history.log[0].payload.map(change)
        let payload = history.log[0].payload ?? ""
        changeFrame { _ in "[\"booking.created\",\(payload)]" }
    }

    // MARK: - Requests

    private func row(_ version: Int, _ status: BookingStatus) -> History.Row {
        .init(
            id: id, provider: aProvider, customer: "customer-0", start: wished.start, end: wished.end, status: status,
            version: version)
    }

    private func json(_ version: Int, _ status: String, updated: Int) -> String {
        """
        {"created_at":"\(text(0))","customer_id":"customer-0","end_time":"\(text(4200))","id":"\(id)",\
        "provider_id":"\(aProvider)","service_id":"\(Canary.serviceID(provider: 0, customer: 0))",\
        "start_time":"\(text(3600))","status":"\(status)","updated_at":"\(text(updated))","version":\(version)}
        """
    }

    private func text(_ seconds: Int) -> String { RFC3339.string(at(seconds)) }

    private mutating func create() {
        let body = json(1, "confirmed", updated: 0)
        record(
            .create, "POST", "/bookings", by: .customer(0), row: row(1, .confirmed), at: 0, status: 201,
            headers: personal + [("ETag", "\"1\""), ("Location", "/bookings/\(id)")], body: body, id: "r-create")
        let event = EventID.derived(from: id, version: 1, lead: nil)
        let stamp = #""event":{"cursor":"c1","id":"\#(event)","occurred_at":"\#(text(0))"},"id""#
        let payload = body.split(separator: #""id""#, maxSplits: 1).joined(separator: stamp)
        history.log = [
            .init(
                event: "\(event)", name: "booking.created", booking: id, provider: aProvider, customer: "customer-0",
                start: wished.start, version: 1, lead: nil, occurredAt: at(0), payload: payload)
        ]
        sequence += 1
        history.frames = [
            .init(
                socket: "admin", connection: 0, name: "booking.created", event: "\(event)", booking: id,
                start: wished.start, lead: nil, isLate: false, version: 1, occurredAt: at(0), receivedAt: at(0),
                sequence: sequence, payload: "[\"booking.created\",\(payload)]")
        ]
    }

    private mutating func refuse() {
        let body = """
            {"blocking":{"end_time":"\(text(4200))","start_time":"\(text(3600))"},"detail":"Taken.",\
            "instance":"/bookings","next_free":{"end_time":"\(text(4800))","start_time":"\(text(4200))"},\
            "request_id":"r-refused","status":409,"title":"Time slot taken","type":"/problems/slot-taken"}
            """
        record(
            .create, "POST", "/bookings", by: .customer(0), at: 10, status: 409, headers: problem, body: body,
            id: "r-refused")
    }

    private mutating func cancel() {
        record(
            .act(.cancel), "POST", "/bookings/\(id)/cancel", by: .customer(0), row: row(2, .cancelled), at: 20,
            status: 200, headers: personal + [("ETag", "\"2\"")], body: json(2, "cancelled", updated: 20),
            id: "r-cancel")
    }

    private mutating func read() {
        record(
            .read, "GET", "/bookings/\(id)", by: .admin, row: row(2, .cancelled), at: 30, status: 200,
            headers: personal + [("ETag", "\"2\"")], body: json(2, "cancelled", updated: 20), id: "r-read")
    }

    private mutating func page() {
        let body = """
            {"data":[\(json(2, "cancelled", updated: 20))],"meta":{"as_of":"\(text(40))","limit":10,\
            "next_cursor":null,"page":1,"total":1,"total_pages":1}}
            """
        let link = #"</bookings?page=1&limit=10>; rel="first", </bookings?page=1&limit=10>; rel="last""#
        record(
            .list("/bookings"), "GET", "/bookings", by: .admin, at: 40, status: 200,
            headers: personal + [("Link", link)], body: body, id: "r-page")
    }

    private mutating func readHistory() {
        let actor = #"{"roles":["customer"],"sub":"customer-0"}"#
        let body = """
            {"data":[{"action":"create","actor":\(actor),"after":\(json(1, "confirmed", updated: 0)),"before":null,\
            "request_id":"r-create","time":"\(text(0))","version":1},{"action":"cancel","actor":\(actor),\
            "after":{"status":"cancelled","updated_at":"\(text(20))","version":2},\
            "before":{"status":"confirmed","updated_at":"\(text(0))","version":1},"request_id":"r-cancel",\
            "time":"\(text(20))","version":2}],"meta":{"limit":1000,"next_cursor":null}}
            """
        record(
            .history, "GET", "/bookings/\(id)/history", by: .admin, at: 50, status: 200, headers: personal, body: body,
            id: "r-history")
    }

    private let personal = [("Content-Type", "application/json"), ("Cache-Control", "private, no-cache")]
    private let problem = [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store")]

    private mutating func record(
        _ kind: History.Call.Kind, _ method: String, _ target: String, by caller: Caller, row: History.Row? = nil,
        at now: Int, status: Int, headers: [(String, String)], body: String, id request: String
    ) {
        sequence += 2
        let isWrite = method == "POST"
        history.exchanges.append(
            .init(
                request: request, caller: caller, replica: 0, method: method, target: target, requestHeaders: [],
                sent: sequence, answered: sequence + 1, at: at(now), answeredAt: at(now), status: status,
                headers: (headers + [("X-Request-ID", request), ("Vary", "Origin")]).map {
                    History.HeaderField($0.0, $0.1)
                }, body: body))
        history.calls.append(
            .init(
                request: request, caller: caller, replica: 0, kind: kind, booking: row?.id,
                provider: isWrite ? aProvider : nil, requestedSlot: isWrite ? wished : nil, key: nil, match: nil,
                sent: sequence, answered: sequence + 1, at: at(now), status: status, isReplay: false, row: row,
                rows: nil, body: body))
    }
}

/// An exchange whose answer can be changed.
struct ExchangeDraft {
    private let original: History.Exchange
    var status: Int?
    var headers: [String: String]
    var body: String

    init(_ exchange: History.Exchange) {
        original = exchange
        status = exchange.status
        headers = Dictionary(exchange.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        body = exchange.body
    }

    mutating func replace(_ part: String, by other: String) {
        let parts = body.split(separator: part, maxSplits: 1, omittingEmptySubsequences: false)
        precondition(parts.count == 2, "The body has no \(part).")
        body = parts.joined(separator: other)
    }

    var exchange: History.Exchange {
        .init(
            request: original.request, caller: original.caller, replica: 0, method: original.method,
            target: original.target, requestHeaders: original.requestHeaders, sent: original.sent,
            answered: original.answered, at: original.at, answeredAt: original.answeredAt, status: status,
            headers: headers.map { History.HeaderField($0.key, $0.value) }, body: body)
    }
}
