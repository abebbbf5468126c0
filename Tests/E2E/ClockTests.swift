import Bookings
import BookingsRuntime
import Foundation
import TestSupport
import XCTest

@testable import SimulationKit

/// Clocks that are set by an hour or by minutes while the service runs: the process's own, and PostgreSQL's.
final class ClockTests: XCTestCase {
    private let provider = "11111111-1111-4111-8111-111111111111"

    private func listen(_ server: TestServer, as token: String) async throws -> StreamedEvents {
        let stream = try StreamedEvents(server, as: token)
        let opened = await stream.line()
        XCTAssertEqual(opened, ":")
        return stream
    }

    private func book(_ server: TestServer, from start: Timestamp, as token: String) async throws -> String {
        let answer = try await server.send(
            "POST", "/bookings", as: token, body: TestServer.wish(provider, from: start, lasting: .seconds(60)))
        XCTAssertEqual(answer.status, 201, answer.text)
        return answer.text(at: "id")
    }

    /// The instant that the service takes for now.
    private func now(_ server: TestServer, as token: String) async throws -> Timestamp {
        let page = try await server.send("GET", "/bookings/upcoming?limit=1", as: token)
        return try XCTUnwrap(page.json["meta"]?["as_of"]?.string.flatMap { RFC3339.parse($0) }, page.text)
    }

    private func embedded(_ variables: [String: String] = [:]) async throws -> (TestServer, FakedClock) {
        let folder = try TestServer.makeFolder()
        let clock = try await FakedClock(in: folder)
        return (try await TestServer.start(variables.merging(clock.variables) { $1 }, in: folder), clock)
    }

    // MARK: - The embedded store: the machine's clock is the service's

    func test_comments_of_a_stream_go_on_though_the_clock_is_set_back_or_ahead() async throws {
        let (server, clock) = try await embedded()
        let granted = try await server.send(
            "POST", "/auth/token", body: #"{"sub":"\#(provider)","roles":["provider"],"ttl_seconds":86400}"#)
        let stream = try await listen(server, as: granted.text(at: "access_token"))
        for step in [-3600, 3600] {
            try clock.set(ahead: step)
            var comment = await stream.line()
            while comment?.isEmpty == true { comment = await stream.line() }
            XCTAssertEqual(comment, ":", "a comment after 15 s")
        }
        stream.end()
        try await server.stop()
    }

    func test_pings_go_on_though_the_clock_is_set_back_or_ahead() async throws {
        let (server, clock) = try await embedded()
        for step in [-3600, 3600] {
            try clock.set(ahead: 0)
            let handshake = try await server.send("GET", "/socket.io/?EIO=4&transport=polling")
            let open = try JSONValue.parse(Array(handshake.text.dropFirst().utf8))
            let session = try XCTUnwrap(open["sid"]?.string)
            try clock.set(ahead: step)
            let polled = try? await server.send("GET", "/socket.io/?EIO=4&transport=polling&sid=\(session)")
            XCTAssertEqual(polled?.text, "2", "a ping after 25 s")
        }
        try await server.stop()
    }

    func test_a_clock_set_ahead_ends_what_has_expired_by_it() async throws {
        let (server, clock) = try await embedded()
        let token = try await server.token(provider, "provider")
        let stream = try await listen(server, as: token)
        let socket = try await SocketListener(server, as: token)
        try clock.set(ahead: 7200)
        let set = ContinuousClock.now
        let line = await socket.line()
        XCTAssertNil(line)
        while let line = await stream.line() { XCTAssertEqual(line, "") }
        // The contract's five seconds.
        XCTAssertLessThan(ContinuousClock.now - set, .seconds(5))
        try await server.stop()
    }

    func test_reminders_follow_the_clock_that_is_set_and_are_never_early() async throws {
        let (server, clock) = try await embedded(["REMINDER_LEAD_MINUTES": "10"])
        let token = try await server.token(provider, "provider")
        let stream = try await listen(server, as: token)
        let begin = try await now(server, as: token)
        let start = begin + .seconds(603)
        let booked = try await book(server, from: start, as: token)
        _ = await stream.event()
        try clock.set(ahead: -3600)
        // The reminder's instant passes on the machine's clock, and not on the service's.
        let passed = await eventually { SystemClock().now() > begin + .seconds(6) }
        XCTAssertTrue(passed)
        let token2 = try await server.token(provider, "provider")
        let other = try await book(server, from: begin + .seconds(7200), as: token2)
        let heard = await stream.event()
        XCTAssertEqual([heard.name, heard.data["id"]?.string], ["booking.created", other])
        try clock.set(ahead: 0)
        let reminder = await stream.event()
        XCTAssertEqual([reminder.name, reminder.data["booking_id"]?.string], ["booking.reminder", booked])
        let recorded = try XCTUnwrap(reminder.data["event"]?["occurred_at"]?.string.flatMap { RFC3339.parse($0) })
        XCTAssertGreaterThanOrEqual(recorded, start - .seconds(600))

        // Ahead: what becomes due by that goes at once.
        let later = try await book(server, from: begin + .seconds(1800), as: token)
        _ = await stream.event()
        try clock.set(ahead: 1260)
        let early = await stream.event()
        XCTAssertEqual([early.name, early.data["booking_id"]?.string], ["booking.reminder", later])
        stream.end()
        try await server.stop()
    }

    // MARK: - PostgreSQL: its clock is the service's

    func test_a_replica_whose_machine_is_set_lives_by_the_databases_time() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let folder = try TestServer.makeFolder()
        let clock = try await FakedClock(ahead: -1800, in: folder)
        let faked = try await TestServer.start(["DATABASE_URL": url].merging(clock.variables) { $1 }, in: folder)
        let other = try await TestServer.start(["DATABASE_URL": url], in: TestServer.makeFolder())
        let token = try await other.token(provider, "provider")
        let streams = [try await listen(faked, as: token), try await listen(other, as: token)]
        for (number, step) in [-3600, 3600, 0].enumerated() {
            try clock.set(ahead: step)
            let told = try await now(faked, as: token)
            XCTAssertLessThan(abs(told.duration(to: SystemClock().now()).inSeconds), 2)
            for (offset, server) in [faked, other].enumerated() {
                let start = SystemClock().now() + .seconds(7200 + 300 * (2 * number + offset))
                let made = try await book(server, from: start, as: token)
                for stream in streams {
                    let event = await stream.event()
                    XCTAssertEqual(event.data["id"]?.string, made)
                }
            }
        }
        for stream in streams { stream.end() }
        for server in [faked, other] { try await server.stop() }
    }

    func test_replicas_follow_the_databases_clock_and_go_on_hearing_each_other() async throws {
        let folder = try TestServer.makeFolder()
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
        let clock = try await FakedClock(in: folder)
        let services = try await OwnPostgres.start(clock: clock, in: folder)
        var servers: [TestServer] = []
        for _ in 0..<2 {
            servers.append(
                try await TestServer.start(
                    ["DATABASE_URL": services.url, "REMINDER_LEAD_MINUTES": "10"], in: TestServer.makeFolder()))
        }
        let granted = try await servers[0].send(
            "POST", "/auth/token", body: #"{"sub":"\#(provider)","roles":["provider"],"ttl_seconds":86400}"#)
        let token = granted.text(at: "access_token")
        let stream = try await listen(servers[1], as: token)
        for step in [-600, 600, 0] {
            try clock.set(ahead: step)
            for server in servers {
                let follows = try await eventually {
                    let told = try await self.now(server, as: token)
                    return abs(SystemClock().now().duration(to: told).inSeconds - Double(step)) < 1
                }
                XCTAssertTrue(follows, "\(step)")
            }
            // Due in two seconds by the database's clock.
            let start = SystemClock().now() + .seconds(step + 602)
            let made = try await book(servers[0], from: start, as: token)
            let created = await stream.event()
            XCTAssertEqual([created.name, created.data["id"]?.string], ["booking.created", made])
            let reminder = await stream.event()
            XCTAssertEqual([reminder.name, reminder.data["booking_id"]?.string], ["booking.reminder", made])
            XCTAssertEqual(reminder.data["late"], .bool(false))
            // What DisciplinedClock takes for jitter lies between the two clocks.
            XCTAssertGreaterThanOrEqual(
                SystemClock().now() + .seconds(step) + .milliseconds(10), start - .seconds(600))
        }
        stream.end()
        for server in servers { try await server.stop() }
        services.stop()
    }
}

/// A PostgreSQL of a test's own, on a clock that the test sets.
struct OwnPostgres {
    let url: String
    private let folder: String

    static func start(clock: FakedClock, in folder: URL) async throws -> OwnPostgres {
        let script = TestServer.root.appendingPathComponent("scripts/services").path
        let process = try ChildProcess(
            script, ["start", "\(ProcessInfo.processInfo.processIdentifier)"],
            environment: ["POSTGRES_CLOCK": clock.file.path], in: TestServer.root)
        var values: [String: String] = [:]
        for await line in process.lines {
            guard let sign = line.firstIndex(of: "=") else { continue }
            values[String(line[..<sign])] = String(line[line.index(after: sign)...])
            if line.hasPrefix("REDIS_URL=") { break }
        }
        return OwnPostgres(url: try XCTUnwrap(values["DATABASE_URL"]), folder: try XCTUnwrap(values["FOLDER"]))
    }

    func stop() {
        let script = TestServer.root.appendingPathComponent("scripts/services").path
        _ = try? ChildProcess(script, ["stop", folder], in: TestServer.root).exitStatus()
    }
}

/// `GET /events` as a stream, read by curl.
final class StreamedEvents {
    struct Event {
        let id: String
        let name: String
        let data: JSONValue
    }

    private let process: ChildProcess
    private var lines: AsyncStream<String>.Iterator

    /// `after`: the cursor to go on after.
    init(_ server: TestServer, as token: String, after: String? = nil) throws {
        var headers = ["Authorization: Bearer \(token)", "Accept: text/event-stream"]
        if let after { headers.append("Last-Event-ID: \(after)") }
        process = try ChildProcess(
            "/usr/bin/curl",
            ["-sSN", "--max-time", "120", "-w", "%{stderr}%{http_code}\n", server.address + "/events"]
                + headers.flatMap { ["-H", $0] }, in: server.folder)
        lines = process.lines.makeAsyncIterator()
    }

    /// The next line; nil when it has ended.
    func line() async -> String? {
        let line = await lines.next()
        return line == "200" ? await lines.next() : line
    }

    /// The next event; of no name when the stream has ended.
    func event() async -> Event {
        var fields: [String: String] = [:]
        while let line = await line() {
            if line.isEmpty, !fields.isEmpty { break }
            guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else { continue }
            fields[String(line[..<colon])] = String(line[line.index(colon, offsetBy: 2)...])
        }
        return Event(
            id: fields["id"] ?? "", name: fields["event"] ?? "",
            data: (try? JSONValue.parse(Array((fields["data"] ?? "").utf8))) ?? .null)
    }

    func end() { process.kill() }
}

/// The official Python client, connected; it does not reconnect.
final class SocketListener {
    private let process: ChildProcess
    private var lines: AsyncStream<String>.Iterator

    init(_ server: TestServer, as token: String, after: String? = nil) async throws {
        let python = TestServer.root.appendingPathComponent(".venv/bin/python3").path
        let script = TestServer.root.appendingPathComponent("Tests/E2E/Clients/listen.py").path
        process = try ChildProcess(
            "/usr/bin/timeout",
            ["120", python, script, server.address, token, "websocket"] + (after.map { [$0] } ?? []),
            in: server.folder)
        lines = process.lines.makeAsyncIterator()
        let connected = await lines.next()
        XCTAssertEqual(connected, #"{"name": "connect"}"#)
    }

    /// The next line; nil when the connection has ended.
    func line() async -> String? { await lines.next() }

    func event() async -> JSONValue {
        await line().flatMap { try? JSONValue.parse(Array($0.utf8)) } ?? .null
    }

    func end() { process.kill() }
}
