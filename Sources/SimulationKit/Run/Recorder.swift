import Bookings
import Synchronization

/// Records the events that sockets receive, on any thread, and numbers everything that happens in order.
final class Recorder: Sendable {
    private struct State {
        var sequence = 0
        var frames: [(History.Frame, ProviderID?)] = []
        /// By replica: the number of events received from it.
        var received: [Int: Int] = [:]
        /// By socket: the cursor of the last event received.
        var cursors: [String: String] = [:]
        var lost: Set<String> = []
    }

    private let state = Mutex(State())
    private let time: TrueTime

    init(time: TrueTime) {
        self.time = time
    }

    func next() -> Int {
        state.withLock { state in
            state.sequence += 1
            return state.sequence
        }
    }

    func cursor(of socket: String) -> String? { state.withLock { $0.cursors[socket] } }
    func setCursor(_ cursor: String, of socket: String) { state.withLock { $0.cursors[socket] = cursor } }

    func lose(_ socket: String) { state.withLock { _ = $0.lost.insert(socket) } }

    /// The connections that were lost since the last call.
    func takeLost() -> Set<String> {
        state.withLock { state in
            defer { state.lost = [] }
            return state.lost
        }
    }

    /// The events received since the last call, in their order, each with the provider of its booking.
    func takeFrames() -> [(History.Frame, ProviderID?)] {
        state.withLock { state in
            defer { state.frames = [] }
            return state.frames
        }
    }

    /// By replica: the number of events received from it.
    var received: [Int: Int] { state.withLock(\.received) }

    /// Records an event.
    ///
    /// - Parameter packet: The event's packet as JSON: an array of the name and the arguments, of which the offset of state recovery is not
    ///   recorded.
    func receive(_ packet: Substring, socket: String, connection: Int, from replica: Int) {
        let event = ReceivedEvent(packet: packet)
        state.withLock { state in
            state.received[replica, default: 0] += 1
            guard let event else { return }
            let data = event.data
            if let cursor = data["event"]?["cursor"]?.string { state.cursors[socket] = cursor }
            state.sequence += 1
            let frame = History.Frame(
                socket: socket, connection: connection, name: event.name, event: data["event"]?["id"]?.string ?? "",
                booking: (data["booking_id"] ?? data["id"])?.string.flatMap { BookingID($0) },
                start: data.instant("start_time") ?? .earliest, lead: data.lead,
                isLate: data["late"] == .bool(true), version: data.integer("version"),
                occurredAt: data["event"]?.instant("occurred_at") ?? .earliest, receivedAt: time.now,
                sequence: state.sequence, payload: event.packet)
            state.frames.append((frame, data.identifier("provider_id")))
        }
    }
}

extension JSONValue {
    func instant(_ name: String) -> Timestamp? { self[name]?.string.flatMap { RFC3339.parse($0) } }
    func integer(_ name: String) -> Int? { self[name]?.double.map { Int($0) } }
    func identifier<Of>(_ name: String) -> Identifier<Of>? { self[name]?.string.flatMap { Identifier<Of>($0) } }

    /// The lead of a reminder, in milliseconds.
    var lead: Int64? { self["minutes_before"]?.double.map { Int64(($0 * 60_000).rounded()) } }

    /// The bookings of a page; nil for what is none.
    var rows: [History.Row]? {
        guard case .array(let elements)? = self["data"] else { return nil }
        return elements.compactMap(History.Row.init)
    }
}

extension History.Row {
    /// Nil for what is no booking.
    init?(_ json: JSONValue) {
        guard let id: BookingID = json.identifier("id"), let provider: ProviderID = json.identifier("provider_id"),
            let start = json.instant("start_time"), let end = json.instant("end_time"), end > start,
            let status = json["status"]?.string.flatMap({ BookingStatus(rawValue: $0) }),
            let version = json.integer("version")
        else { return nil }
        self.init(
            id: id, provider: provider, customer: json["customer_id"]?.string, start: start, end: end, status: status,
            version: version)
    }
}
