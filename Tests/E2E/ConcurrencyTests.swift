import Bookings
import BookingsRuntime
import BookingsSQLite
import XCTest

/// Writes that meet: over real connections, at once.
final class ConcurrencyTests: XCTestCase {
    private let provider = "11111111-1111-4111-8111-111111111111"
    private let start = SystemClock().now() + .seconds(7200)

    /// All answers to one request sent so many times at once.
    private func atOnce(
        _ count: Int, _ server: TestServer, _ path: String, as token: String, body: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> [TestServer.Answer] {
        let (client, url) = (server.client, server.address + path)
        return try await withThrowingTaskGroup(of: TestServer.Answer.self) { group in
            for _ in 0..<count {
                group.addTask {
                    try await TestServer.send("POST", url, as: token, body: body, headers: headers, by: client)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    private func statuses(_ answers: [TestServer.Answer]) -> [Int: Int] {
        answers.reduce(into: [:]) { $0[$1.status, default: 0] += 1 }
    }

    private func book(_ server: TestServer, as token: String) async throws -> String {
        let made = try await server.send(
            "POST", "/bookings", as: token, body: TestServer.wish(provider, from: start, lasting: .seconds(600)))
        XCTAssertEqual(made.status, 201, made.text)
        return made.text(at: "id")
    }

    func test_fifty_requests_with_one_key_make_one_booking_and_answer_alike() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let token = try await server.token("admin", "admin")
        let answers = try await atOnce(
            50, server, "/bookings", as: token, body: TestServer.wish(provider, from: start, lasting: .seconds(600)),
            headers: ["Idempotency-Key": "once"])
        let decided = answers.filter { !$0.text.contains("request-in-progress") }
        XCTAssertEqual(Set(decided.map(\.status)), [201])
        XCTAssertEqual(Set(decided.map(\.text)).count, 1)
        let list = try await server.send("GET", "/bookings", as: token)
        XCTAssertEqual(list.json["meta"]?["total"]?.double, 1)
        try await server.stop()
    }

    func test_of_twenty_writes_with_one_e_tag_one_is_done_and_the_others_are_412() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let token = try await server.token("admin", "admin")
        let id = try await book(server, as: token)
        let answers = try await atOnce(20, server, "/bookings/\(id)/cancel", as: token, headers: ["If-Match": "\"1\""])
        XCTAssertEqual(statuses(answers), [200: 1, 412: 19])
        try await server.stop()
    }

    func test_two_confirms_at_once_are_one_transition_with_one_event() async throws {
        let server = try await TestServer.start(["BOOKING_INITIAL_STATUS": "pending"], in: TestServer.makeFolder())
        let token = try await server.token("admin", "admin")
        let id = try await book(server, as: token)
        let answers = try await atOnce(2, server, "/bookings/\(id)/confirm", as: token)
        XCTAssertEqual(statuses(answers), [200: 2])
        XCTAssertEqual(Set(answers.map(\.text)).count, 1)
        let events = try await server.send("GET", "/events", as: token)
        let names = events.elements("data").compactMap { $0["name"]?.string }
        XCTAssertEqual(names, ["booking.created", "booking.confirmed"])
        try await server.stop()
    }

    func test_a_walk_shows_each_booking_that_stands_once_while_eight_writers_come_and_go() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let token = try await server.token("admin", "admin")
        var standing: Set<String> = []
        for slot in 0..<60 {
            let made = try await server.send(
                "POST", "/bookings", as: token,
                body: TestServer.wish(provider, from: start + .seconds(600 * slot), lasting: .seconds(300)))
            standing.insert(made.text(at: "id"))
        }
        let writers = churn(server, as: token)
        for list in ["/bookings?sort=-start_time", "/bookings?sort=created_at", "/bookings/upcoming?"] {
            let shown = try await walk(server, list, as: token)
            // One that is moved while the walk goes on may stand in front of it once more.
            let stood = shown.filter { standing.contains($0) }
            XCTAssertEqual(stood.count, standing.count, list)
            XCTAssertEqual(Set(stood), standing, list)
        }
        for writer in writers {
            writer.cancel()
            await writer.value
        }
        try await server.stop()
    }

    /// Eight clients that book, move and cancel between the standing bookings until they are cancelled.
    private func churn(_ server: TestServer, as token: String) -> [Task<Void, Never>] {
        let (client, address, start) = (server.client, server.address, start)
        return (0..<8).map { number in
            Task {
                let mine = "11111111-1111-4111-8111-22222222222\(number)"
                for round in 0... where !Task.isCancelled {
                    let from = start + .seconds(60 * (round % 500))
                    let wish = TestServer.wish(mine, from: from, lasting: .seconds(60))
                    guard
                        let made = try? await TestServer.send(
                            "POST", address + "/bookings", as: token, body: wish, by: client)
                    else { return }
                    XCTAssertEqual(made.status, 201, made.text)
                    let booking = address + "/bookings/" + made.text(at: "id")
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

    private func walk(_ server: TestServer, _ list: String, as token: String) async throws -> [String] {
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
