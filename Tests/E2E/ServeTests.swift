import Bookings
import Foundation
import Synchronization
import TestSupport
import XCTest

@testable import SimulationKit

/// `simulator serve`: the service on a clock that tests move.
final class ServeTests: ServeTestCase {
    private static let simulator = TestServer.executable("simulator")

    private final class Received: Sendable {
        private let frames = Mutex(0)
        var count: Int { frames.withLock { $0 } }
        func add() { frames.withLock { $0 += 1 } }
    }

    /// Each socket has received what the move set off when the answer to its ping arrives, which is sent after the move.
    func test_a_move_of_the_clock_returns_when_every_socket_has_its_reminder() async throws {
        let cluster = try await serve(replicas: 2)
        let ports = await cluster.ports
        let admin = await token(cluster, "root", "admin")
        let received = Received()
        var sockets: [SocketClient] = []
        for number in 0..<50 {
            sockets.append(
                try await SocketClient.connect(
                    to: Address(port: ports[number % 2]), token: admin,
                    callbacks: .init(
                        received: { packet in if packet.contains("booking.reminder") { received.add() } }, closed: {})))
        }
        for round in 1...20 {
            try await book(cluster, at: Self.begin + .seconds(Int64(round) * 3600))
            let advance = try await cluster.advanceToNextReminder()
            XCTAssertEqual(advance.events.map { $0["name"]?.string }, ["booking.reminder"])
            for socket in sockets { try await socket.ping() }
            XCTAssertEqual(received.count, 50 * round)
        }
        for socket in sockets { await socket.close() }
    }

    func test_a_reset_begins_anew_on_the_same_ports() async throws {
        let cluster = try await serve(replicas: 2)
        let ports = await cluster.ports
        try await book(cluster, at: Self.begin + .seconds(3600))
        _ = try await cluster.advance(by: .seconds(7200))
        try await cluster.reset()
        let after = await cluster.ports
        XCTAssertEqual(after, ports)
        let now = await cluster.now
        XCTAssertEqual(now, Self.begin)
        let bookings = await web.send(
            "GET", "http://127.0.0.1:\(ports[1])/bookings", token: await token(cluster, "root", "admin"))
        XCTAssertEqual(bookings.json?["data"], .array([]))
    }

    func test_a_fault_ends_when_its_time_has_passed_or_it_is_repaired() async throws {
        let cluster = try await serve(replicas: 2)
        let admin = await token(cluster, "root", "admin")
        let url = "http://127.0.0.1:\(await cluster.ports[1])/bookings"
        try await cluster.inject(.storeDown, replica: 1, amount: nil, for: .seconds(600))
        _ = try await cluster.advance(by: .seconds(599))
        let during = await web.send("GET", url, token: admin)
        XCTAssertEqual(during.status, 503)
        _ = try await cluster.advance(by: .seconds(1))
        let after = await web.send("GET", url, token: admin)
        XCTAssertEqual(after.status, 200)
        try await cluster.inject(.crash(nil), replica: 1, amount: nil, for: nil)
        let dead = await web.send("GET", url, token: admin)
        XCTAssertNil(dead.status)
        try await book(cluster, at: Self.begin + .seconds(3600))
        let advance = try await cluster.advanceToNextReminder()
        XCTAssertEqual(advance.events.count, 1)
        let active = await cluster.activeFaults
        XCTAssertEqual(active, ["crash"])
        try await cluster.repair("crash")
        let restarted = await web.send("GET", url, token: admin)
        XCTAssertEqual(restarted.status, 200)
    }

    /// The clock moves on, a fault with a time ends, and no event is left out of the answers.
    func test_a_fault_of_every_replica_does_not_hold_up_the_clock() async throws {
        for fault in [Fault.pause, .storeDown, .crash(nil)] {
            let cluster = try await serve(replicas: 1)
            try await book(cluster, at: Self.begin + .seconds(3600))
            try await cluster.inject(fault, replica: 0, amount: nil, for: .seconds(3300))
            let during = try await cluster.advance(by: .seconds(3000))
            XCTAssertEqual(during.events.count, 0, fault.name)
            let after = try await cluster.advance(by: .seconds(600))
            XCTAssertEqual(after.events.compactMap { $0["name"]?.string }.last, "booking.reminder", fault.name)
            let active = await cluster.activeFaults
            XCTAssertEqual(active, [], fault.name)
        }
    }

    func test_a_write_whose_answer_is_lost_is_done_once() async throws {
        let cluster = try await serve(replicas: 1)
        try await cluster.inject(.lostAnswer, replica: 0, amount: nil, for: nil)
        let body = TestServer.bookingBody(
            "11111111-1111-4111-8111-111111111111", from: Self.begin + .seconds(3600), lasting: .seconds(600))
        let url = "http://127.0.0.1:\(await cluster.ports[0])/bookings"
        var statuses: [Int?] = []
        for _ in 0..<2 {
            statuses.append(
                await web.send(
                    "POST", url, token: await token(cluster, "ann", "customer"), body: body,
                    headers: [("Idempotency-Key", "k")]
                ).status)
        }
        XCTAssertEqual(statuses.last, 201, "\(statuses)")
        let bookings = await web.send("GET", url, token: await token(cluster, "root", "admin"))
        guard case .array(let rows)? = bookings.json?["data"] else { return XCTFail(bookings.text) }
        XCTAssertEqual(rows.count, 1)
    }

    func test_a_mutant_that_is_served_is_seen_by_the_clients() async throws {
        let cluster = try await ServedCluster.start(
            .init(ports: [0], begin: Self.begin, seed: 7, mutant: .reminderSecondEarly))
        addTeardownBlock { await cluster.stop() }
        try await book(cluster, at: Self.begin + .seconds(3600))
        let advance = try await cluster.advance(to: Self.begin + .seconds(2999))
        XCTAssertEqual(advance.events.count, 1)
    }

    func test_wrong_requests_are_answered_with_the_reason() async throws {
        let api = ControlAPI(try await serve(replicas: 1))
        for (method, path, body, status, reason) in [
            ("POST", "/clock/advance", "{", 400, "JSON object"),
            ("POST", "/clock/advance", "{}", 400, "one of by, to and until"),
            ("POST", "/clock/advance", #"{"by":"1h","to":"2030-03-29T07:00:00Z"}"#, 400, "one of by, to and until"),
            ("POST", "/clock/advance", #"{"by":3600}"#, 400, "by must be a whole number"),
            ("POST", "/clock/advance", #"{"by":"-1h"}"#, 400, "by must be"),
            ("POST", "/clock/advance", #"{"by":"400d"}"#, 400, "366 days"),
            ("POST", "/clock/advance", #"{"to":"tomorrow"}"#, 400, "to must be"),
            ("POST", "/clock/advance", #"{"to":"2030-03-29T05:00:00Z"}"#, 400, "2030-03-29T06:00:00.000Z"),
            ("POST", "/clock/advance", #"{"until":"noon"}"#, 400, "until must be"),
            ("POST", "/clock/advance", #"{"until":"next-reminder"}"#, 409, "no reminder waits"),
            ("POST", "/clock/advance", #"{"speed":"1"}"#, 400, "speed is not known"),
            ("POST", "/tokens", #"{"roles":["admin"]}"#, 400, "sub must be"),
            ("POST", "/tokens", #"{"sub":"ann"}"#, 400, "roles must be"),
            ("POST", "/tokens", #"{"sub":"ann","roles":[],"ttl":"soon"}"#, 400, "ttl must be"),
            ("POST", "/tokens", #"{"sub":"ann","roles":[],"flaw":"old"}"#, 400, "flaw must be"),
            ("POST", "/tokens", #"{"sub":"ann","roles":[],"provider_id":"x"}"#, 400, "provider_id must be"),
            ("POST", "/faults", "{}", 400, "name must be"),
            ("POST", "/faults", #"{"name":"crash","replica":1}"#, 400, "replica must be from 0 to 0"),
            ("POST", "/faults", #"{"name":"pause","for":1}"#, 400, "for must be"),
            ("POST", "/faults", #"{"name":"redis-flush"}"#, 409, "--stores services"),
            ("POST", "/faults", #"{"name":"keys-down"}"#, 409, "only the simulator's own runs have"),
            ("POST", "/faults", #"{"name":"mid-frame","amount":-1}"#, 400, "amount must not be negative"),
            ("DELETE", "/faults/pause", "", 404, "pause does not last"),
            ("GET", "/history?limit=0", "", 400, "limit must be a whole number from 1 to 100"),
            ("GET", "/history?page=2", "", 400, "page is no query parameter of /history"),
            ("GET", "/history?cursor=%20", "", 400, "cursor must be"),
            ("GET", "/trace?after=x", "", 400, "after must be a whole number of at least 0"),
            ("POST", "/check", #"{"world":"real"}"#, 400, "world is not known"),
            ("DELETE", "/faults/a/b", "", 404, "there is no /faults/a/b"),
            ("GET", "/reset", "", 405, "/reset does not take GET"), ("GET", "/x", "", 404, "there is no /x"),
        ] {
            let answer = await api.answer(.init(method: method, target: path, body: Array(body.utf8)))
            let json = try JSONValue.parse(answer.body)
            XCTAssertEqual(json["status"]?.double, Double(status), "\(path) \(body)")
            XCTAssertEqual(json["detail"]?.string?.contains(reason), true, "\(path) \(body): \(json)")
        }
    }

    /// The command lines of docs/serve.md.
    private func commands() throws -> [String] {
        let page = try String(contentsOf: TestServer.root.appendingPathComponent("docs/serve.md"), encoding: .utf8)
        return page.matches(of: /```bash\n(?<code>(?s:.*?))```/)
            .flatMap { $0.output.code.split(separator: "\n").map(String.init) }
    }

    func test_the_command_of_the_documentation_prints_where_it_listens() async throws {
        let lines = try commands().filter { $0.hasPrefix("simulator ") }
        XCTAssertEqual(lines.count, 1)
        let line = try XCTUnwrap(lines.first)
        // On any ports, since others may have those.
        let arguments = line.replacing("3000", with: "0").replacing("3999", with: "0").split(separator: " ").map(
            String.init)
        let process = try ChildProcess(Self.simulator, Array(arguments.dropFirst()), in: TestServer.makeFolder())
        defer { process.kill() }
        var printedLines = process.lines.makeAsyncIterator()
        for kind in ["serves", "serves", "control"] {
            let printed = await printedLines.next()
            XCTAssertEqual(printed?.hasPrefix("\(kind) http://127.0.0.1:"), true, printed ?? "nothing")
        }
    }

    /// The suites of an integrator, by the commands of docs/serve.md.
    func test_the_examples_pass() async throws {
        let commands = try commands().filter { !$0.hasPrefix("simulator ") && !$0.hasPrefix("export ") }
        XCTAssertEqual(commands.count, 3)
        for command in commands {
            let arguments = command.split(separator: " ").map(String.init)
            let process = try ChildProcess(
                "/usr/bin/env", arguments, environment: ["SIMULATOR": Self.simulator], in: TestServer.root)
            var output: [String] = []
            for await line in process.lines { output.append(line) }
            XCTAssertEqual(process.exitStatus(), 0, "\(arguments): \(output.joined(separator: "\n"))")
        }
    }
}
