import Bookings
import SimulationKit
import Synchronization

/// A connected Socket.IO client and what it received.
final class EventInbox: Sendable {
    struct Event: Sendable {
        let name: String
        let data: JSONValue
        /// When it arrived, by the clock of the run.
        let arrivedAt: Timestamp

        var eventID: String? { data["event"]?["id"]?.string }
        var cursor: String? { data["event"]?["cursor"]?.string }
    }

    private let received: Received
    private let client: SocketClient

    /// What the callbacks of the client fill.
    private final class Received: Sendable {
        let events = Mutex<[Event]>([])
    }

    private init(received: Received, client: SocketClient) {
        self.received = received
        self.client = client
    }

    /// Connects, and returns when the service has accepted the token.
    static func connect(
        to address: Address, as person: Person, after cursor: String? = nil, clock: any WallClock
    ) async throws -> EventInbox {
        let received = Received()
        let callbacks = SocketClient.Callbacks(
            received: { packet in
                guard case .array(let parts)? = try? JSONValue.parse(packet.utf8), parts.count > 1,
                    let name = parts[0].string
                else { return }
                let event = Event(name: name, data: parts[1], arrivedAt: clock.now())
                received.events.withLock { $0.append(event) }
            }, closed: {})
        let client = try await SocketClient.connect(
            to: address, token: person.token ?? "", after: cursor, timeout: .seconds(10), callbacks: callbacks)
        return EventInbox(received: received, client: client)
    }

    var events: [Event] { received.events.withLock { $0 } }

    /// Waits until the condition holds for what was received. Returns whether it did in time.
    func wait(_ patience: Duration = .seconds(10), until condition: ([Event]) -> Bool) async -> Bool {
        let deadline = ContinuousClock.now + patience
        while !condition(events) {
            if ContinuousClock.now > deadline { return false }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return true
    }

    func close() async { await client.close() }
}

extension Probe {
    /// Connects a socket; a service without sockets ends the probe.
    func listen(_ person: Person, after cursor: String? = nil, replica: Int = 0) async throws -> EventInbox {
        try offered(profile.transport != .none, "the profile names no sockets")
        do {
            return try await EventInbox.connect(
                to: service.targets[replica % service.targets.count], as: person, after: cursor, clock: service.clock)
        } catch let error as SocketClient.Failure {
            try offered(error != .notUpgraded, "there is no Socket.IO at /socket.io/")
            throw fail("the socket of \(person.name) was not accepted: \(error)")
        }
    }

    /// Whether an event is about a booking.
    func concerns(_ event: EventInbox.Event, _ id: String) -> Bool {
        (event.data["booking_id"]?.string ?? string(.id, event.data)) == id
    }

    /// Waits for an event about a booking; a broken promise when it does not come.
    func expectEvent(
        _ name: Profile.Event, of id: String, in inbox: EventInbox, for person: String,
        within patience: Duration = .seconds(10)
    ) async throws {
        let name = profile.event(name)
        let came = await inbox.wait(patience) { $0.contains { $0.name == name && self.concerns($0, id) } }
        try require(came, "\(person) received no \(name) within \(patience)")
    }
}
