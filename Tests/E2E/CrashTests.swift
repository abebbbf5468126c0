import Bookings
import BookingsRuntime
import BookingsSQLite
import XCTest

/// SIGKILL while clients create bookings.
final class CrashTests: XCTestCase {
    /// The acknowledged bookings, with a wait until there are enough.
    private actor Acknowledged {
        private(set) var bodies: [String: String] = [:]
        private var waiter: CheckedContinuation<Void, Never>?
        private let enough: Int

        init(enough: Int) { self.enough = enough }

        func add(_ id: String, _ body: String) {
            bodies[id] = body
            guard bodies.count >= enough else { return }
            waiter?.resume()
            waiter = nil
        }

        func reachEnough() async {
            guard bodies.count < enough else { return }
            await withCheckedContinuation { waiter = $0 }
        }
    }

    func test_every_acknowledged_booking_survives_a_kill_with_its_event_and_its_reminder() async throws {
        let folder = try TestServer.makeFolder()
        let start = SystemClock().now() + .seconds(7200)
        let acknowledged = Acknowledged(enough: 60)
        try await streamBookings(to: TestServer.start(in: folder), from: start, acknowledged)

        let server = try await TestServer.start(in: folder)
        let admin = try await server.token("admin", "admin")
        let bodies = await acknowledged.bodies
        for (id, body) in bodies {
            let read = try await server.send("GET", "/bookings/\(id)", as: admin)
            XCTAssertEqual(read.text, body)
        }
        let announced = try await createdBookings(server, as: admin)
        XCTAssertTrue(announced.isSuperset(of: bodies.keys), "\(Set(bodies.keys).subtracting(announced))")
        try await server.stop()

        let store = try SQLiteStore.open(
            .file(path: folder.path + "/data/bookings.sqlite"), identifiers: SystemIdentifiers())
        // Minute by minute, since clients have reached different slots.
        let head = try await store.head()
        for minute in 0..<120 {
            _ = try await store.fireDue(at: start + .seconds(60 * minute - 1), limit: 100_000)
        }
        let reminders = try await store.tail(after: head, limit: 100_000)?.events ?? []
        XCTAssertEqual(Set(reminders.map(\.event.booking.id.description)), announced)
    }

    /// Creates bookings with eight clients, and kills the server after sixty responses.
    private func streamBookings(
        to server: TestServer, from start: Timestamp, _ acknowledged: Acknowledged
    ) async throws {
        let token = try await server.token("admin", "admin")
        let (client, address) = (server.client, server.address)
        let clients = (0..<8).map { number in
            Task {
                for slot in 0... {
                    let body = TestServer.bookingBody(
                        "11111111-1111-4111-8111-11111111111\(number)", from: start + .seconds(60 * slot),
                        lasting: .seconds(60))
                    let response = try? await TestServer.send(
                        "POST", address + "/bookings", as: token, body: body, by: client)
                    guard let response else { return }
                    XCTAssertEqual(response.status, 201, response.text)
                    await acknowledged.add(response.string(at: "id"), response.text)
                }
            }
        }
        await acknowledged.reachEnough()
        try await server.kill()
        for client in clients { await client.value }
    }

    /// Returns the ids of all `booking.created` events, page by page.
    private func createdBookings(_ server: TestServer, as token: String) async throws -> Set<String> {
        var created: Set<String> = []
        var path = "/events"
        while true {
            let page = try await server.send("GET", path, as: token)
            let events = page.elements("data")
            if events.isEmpty { return created }
            created.formUnion(
                events.filter { $0["name"]?.string == "booking.created" }.compactMap { $0["data"]?["id"]?.string })
            path = "/events?after=\(page.json["meta"]?["next"]?.string ?? "")"
        }
    }
}
