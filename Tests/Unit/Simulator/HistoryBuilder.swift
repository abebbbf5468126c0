import TestSupport

@testable import Bookings
@testable import SimulationKit

/// Builds the history of a small run of a correct service. A test then changes one thing in it.
///
/// The admin, `provider-0` and `customer-0` listen from the beginning; whatever happens is logged and reaches them at
/// once. Instants are in seconds since the beginning, `at(0)`.
struct HistoryBuilder {
    var history = History()
    private var rows: [UInt64: History.Row] = [:]
    private var sequence = 0

    init(leads: [Duration] = [.seconds(600)]) {
        history.leads = leads
        history.providers = [aProvider, ProviderID(high: 5, low: 1)]
        for caller in [Caller.admin, .provider(0), .customer(0)] {
            history.listeners[caller.description] = .init(caller: caller, startPosition: 0, startedAt: at(0))
        }
        history.begunAt = at(0)
        history.endedAt = at(10_000)
    }

    /// A history of one booking from 3600 to 4200 with `provider-0`, created at 0, whose reminder was sent in time.
    static var withOneBooking: HistoryBuilder {
        var builder = HistoryBuilder()
        builder.book()
        builder.remind()
        return builder
    }

    /// Returns the booking as the last write left it.
    func row(_ number: UInt64 = 1) -> History.Row {
        guard let row = rows[number] else { preconditionFailure("Booking \(number) was not created.") }
        return row
    }

    /// Returns the next sequence number.
    mutating func tick() -> Int {
        sequence += 1
        return sequence
    }

    // MARK: - Writes

    mutating func book(
        _ number: UInt64 = 1, provider: Int = 0, customer: Int = 0, start: Int = 3600, length: Int = 600,
        status: BookingStatus = .confirmed, at now: Int = 0, key: String? = nil, request: String? = nil
    ) {
        let row = History.Row(
            id: aBooking(number).id, provider: history.providers[provider], customer: "customer-\(customer)",
            start: at(start), end: at(start + length), status: status, version: 1)
        write(.create, number, row, at: now, key: key, request: request)
    }

    mutating func act(_ action: ActionName, _ number: UInt64 = 1, start: Int? = nil, at now: Int) {
        let old = row(number)
        let length = old.start.duration(to: old.end)
        let start = start.map { at($0) } ?? old.start
        let status: [ActionName: BookingStatus] = [
            .confirm: .confirmed, .decline: .declined, .cancel: .cancelled, .complete: .completed, .noShow: .noShow,
        ]
        let row = History.Row(
            id: old.id, provider: old.provider, customer: old.customer, start: start, end: start + length,
            status: status[action] ?? old.status, version: old.version + 1)
        write(.act(action), number, row, at: now)
    }

    private mutating func write(
        _ kind: History.Call.Kind, _ number: UInt64, _ row: History.Row, at now: Int, key: String? = nil,
        request: String? = nil
    ) {
        let sent = tick()
        let request = request ?? "r\(sent)"
        let action: ActionName = if case .act(let action) = kind { action } else { .create }
        log(action.event, row, version: row.version, event: "\(number)/\(row.version)", at: now)
        history.calls.append(
            call(kind, row: row, at: now, sent: sent, answered: tick(), request: request, key: key))
        let requests = (history.finalStates[row.id]?.requests ?? []) + [request]
        history.finalStates[row.id] = .init(row: row, requests: requests)
        rows[number] = row
    }

    mutating func remind(_ number: UInt64 = 1, lead: Int = 600, at now: Int = 3000, event: String? = nil) {
        let row = row(number)
        let event = event ?? "\(number)/\(row.version)/\(lead)"
        log(.reminder, row, lead: Int64(lead) * 1000, event: event, at: now)
    }

    /// Logs an event and delivers it to the listeners that may see it.
    private mutating func log(
        _ name: EventName, _ row: History.Row, version: Int? = nil, lead: Int64? = nil, event: String, at now: Int
    ) {
        let entry = History.LogEntry(
            event: event, name: name.rawValue, booking: row.id, provider: row.provider, customer: row.customer,
            start: row.start, version: version, lead: lead, occurredAt: at(now))
        history.log.append(entry)
        for (socket, listener) in history.listeners.sorted(by: { $0.key < $1.key })
        where history.maySee(listener.caller, provider: row.provider, customer: row.customer) {
            history.frames.append(frame(entry, on: socket, at: now))
        }
    }

    // MARK: - Reads

    mutating func read(
        _ number: UInt64 = 1, by caller: Caller = .admin, at now: Int = 5000, status: Int = 200,
        showing row: History.Row? = nil
    ) {
        let shown = status == 200 ? row ?? self.row(number) : nil
        history.calls.append(
            call(.read, by: caller, row: shown, booking: aBooking(number).id, at: now, status: status))
    }

    mutating func list(_ path: String, by caller: Caller = .admin, showing numbers: [UInt64], at now: Int = 5000) {
        history.calls.append(call(.list(path), by: caller, rows: numbers.map { row($0) }, at: now))
    }

    // MARK: - Faults

    /// A fault was active from one instant to another.
    mutating func fault(from start: Int, until end: Int) {
        history.faultPeriods.append(.init(name: "a fault", from: at(start), until: at(end)))
    }

    // MARK: - Elements

    /// Returns a request of the admin that succeeds at once.
    mutating func call(
        _ kind: History.Call.Kind, by caller: Caller = .admin, row: History.Row? = nil, rows: [History.Row]? = nil,
        booking: BookingID? = nil, requestedSlot: TimeSlot? = nil, at now: Int = 0, sent: Int? = nil,
        answered: Int? = nil, request: String? = nil, key: String? = nil, replica: Int = 0, status: Int? = 200,
        isReplay: Bool = false, body: String = "{}"
    ) -> History.Call {
        let sent = sent ?? tick()
        return History.Call(
            request: request ?? "r\(sent)", caller: caller, replica: replica, kind: kind, booking: booking ?? row?.id,
            provider: row?.provider ?? history.providers[0], requestedSlot: requestedSlot ?? row?.slot, key: key,
            match: nil, sent: sent, answered: answered ?? tick(), at: at(now), status: status, isReplay: isReplay,
            row: row, rows: rows, body: body)
    }

    /// Returns the delivery of a logged event.
    mutating func frame(
        _ entry: History.LogEntry, on socket: String = "admin", connection: Int = 0, at now: Int, isLate: Bool = false,
        payload: String = "{}"
    ) -> History.Frame {
        History.Frame(
            socket: socket, connection: connection, name: entry.name, event: entry.event, booking: entry.booking,
            start: entry.start, lead: entry.lead, isLate: isLate, version: entry.version,
            occurredAt: entry.occurredAt, receivedAt: at(now), sequence: tick(), payload: payload)
    }

    // MARK: - Verdict

    /// The names of the invariants that the history violates, but `served`, since histories of the others leave requests
    /// unanswered without a fault, and `linearizable`, which sees most of what the others see: both have their own tests.
    var violations: Set<String> { everyViolation.subtracting(["served", "linearizable"]) }

    /// The names of all invariants that the history violates.
    var everyViolation: Set<String> { Set(Checkers.check(history).map(\.invariant)) }

    /// Returns the names of the invariants that the history violates after a change.
    func violations(after change: (inout HistoryBuilder) -> Void) -> Set<String> {
        var builder = self
        change(&builder)
        return builder.violations
    }
}
