import Bookings
import BookingsRuntime
import BookingsSQLite
import XCTest

/// Simultaneous writes over separate connections.
final class ConcurrencyTests: XCTestCase {
    private let provider = "11111111-1111-4111-8111-111111111111"
    private let start = SystemClock().now() + .seconds(7200)

    /// Sends the same request `count` times at the same time, and returns all responses.
    private func atOnce(
        _ count: Int, _ server: TestServer, _ path: String, as token: String, body: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> [TestServer.Response] {
        let (client, url) = (server.client, server.address + path)
        return try await withThrowingTaskGroup(of: TestServer.Response.self) { group in
            for _ in 0..<count {
                group.addTask {
                    try await TestServer.send("POST", url, as: token, body: body, headers: headers, by: client)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    private func statuses(_ responses: [TestServer.Response]) -> [Int: Int] {
        responses.reduce(into: [:]) { $0[$1.status, default: 0] += 1 }
    }

    private func book(_ server: TestServer, as token: String) async throws -> String {
        let made = try await server.send(
            "POST", "/bookings", as: token, body: TestServer.bookingBody(provider, from: start, lasting: .seconds(600)))
        XCTAssertEqual(made.status, 201, made.text)
        return made.string(at: "id")
    }

    func test_fifty_simultaneous_requests_with_one_idempotency_key_create_one_booking_and_get_the_same_response()
        async throws
    {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let token = try await server.token("admin", "admin")
        let responses = try await atOnce(
            50, server, "/bookings", as: token,
            body: TestServer.bookingBody(provider, from: start, lasting: .seconds(600)),
            headers: ["Idempotency-Key": "once"])
        let decided = responses.filter { !$0.text.contains("request-in-progress") }
        XCTAssertEqual(Set(decided.map(\.status)), [201])
        XCTAssertEqual(Set(decided.map(\.text)).count, 1)
        let list = try await server.send("GET", "/bookings", as: token)
        XCTAssertEqual(list.json["meta"]?["total"]?.double, 1)
        try await server.stop()
    }

    func test_of_twenty_simultaneous_writes_with_the_same_etag_one_succeeds_and_the_others_are_412() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let token = try await server.token("admin", "admin")
        let id = try await book(server, as: token)
        let responses = try await atOnce(
            20, server, "/bookings/\(id)/cancel", as: token, headers: ["If-Match": "\"1\""])
        XCTAssertEqual(statuses(responses), [200: 1, 412: 19])
        try await server.stop()
    }

    func test_two_simultaneous_confirms_cause_one_transition_and_one_event() async throws {
        let server = try await TestServer.start(["BOOKING_INITIAL_STATUS": "pending"], in: TestServer.makeFolder())
        let token = try await server.token("admin", "admin")
        let id = try await book(server, as: token)
        let responses = try await atOnce(2, server, "/bookings/\(id)/confirm", as: token)
        XCTAssertEqual(statuses(responses), [200: 2])
        XCTAssertEqual(Set(responses.map(\.text)).count, 1)
        let events = try await server.send("GET", "/events", as: token)
        let names = events.elements("data").compactMap { $0["name"]?.string }
        XCTAssertEqual(names, ["booking.created", "booking.confirmed"])
        try await server.stop()
    }

    func test_paging_returns_each_unchanged_booking_once_while_eight_clients_write() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let token = try await server.token("admin", "admin")
        var unchanged: Set<String> = []
        for slot in 0..<60 {
            let made = try await server.send(
                "POST", "/bookings", as: token,
                body: TestServer.bookingBody(provider, from: start + .seconds(600 * slot), lasting: .seconds(300)))
            unchanged.insert(made.string(at: "id"))
        }
        let writers = startWriters(server, as: token)
        for list in ["/bookings?sort=-start_time", "/bookings?sort=created_at", "/bookings/upcoming?"] {
            let shown = try await allPages(server, list, as: token)
            // A booking that is rescheduled meanwhile may appear twice.
            let found = shown.filter { unchanged.contains($0) }
            XCTAssertEqual(found.count, unchanged.count, list)
            XCTAssertEqual(Set(found), unchanged, list)
        }
        for writer in writers {
            writer.cancel()
            await writer.value
        }
        try await server.stop()
    }

    /// Starts eight clients that create, reschedule and cancel other bookings until they are cancelled.
    private func startWriters(_ server: TestServer, as token: String) -> [Task<Void, Never>] {
        let (client, address, start) = (server.client, server.address, start)
        return (0..<8).map { number in
            Task {
                let mine = "11111111-1111-4111-8111-22222222222\(number)"
                for round in 0... where !Task.isCancelled {
                    let from = start + .seconds(60 * (round % 500))
                    let requestBody = TestServer.bookingBody(mine, from: from, lasting: .seconds(60))
                    guard
                        let made = try? await TestServer.send(
                            "POST", address + "/bookings", as: token, body: requestBody, by: client)
                    else { return }
                    XCTAssertEqual(made.status, 201, made.text)
                    let booking = address + "/bookings/" + made.string(at: "id")
                    let later = from + .seconds(86_400)
                    let times =
                        #"{"start_time":"\#(RFC3339.string(later))","end_time":"\#(RFC3339.string(later + .seconds(60)))"}"#
                    _ = try? await TestServer.send("POST", booking + "/reschedule", as: token, body: times, by: client)
                    _ = try? await TestServer.send("POST", booking + "/cancel", as: token, by: client)
                    if Task.isCancelled { return }
                }
            }
        }
    }

    private func allPages(_ server: TestServer, _ list: String, as token: String) async throws -> [String] {
        var shown: [String] = []
        var path = list + "&limit=7"
        while true {
            let page = try await server.send("GET", path, as: token)
            XCTAssertEqual(page.status, 200, page.text)
            shown += page.elements("data").compactMap { $0["id"]?.string }
            guard let cursor = page.json["meta"]?["next_cursor"]?.string else { return shown }
            path = list + "&limit=7&cursor=\(cursor)"
        }
    }
}
