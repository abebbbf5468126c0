import AsyncHTTPClient
import Bookings
import BookingsHTTP
import Foundation
import Glibc
import TestSupport
import XCTest

@testable import SimulationKit

/// The start of the server: errors of the configuration, pending migrations, and limits.
final class StartTests: XCTestCase {
    /// Returns the output and the exit status of a server that does not start.
    private func failedStart(_ environment: [String: String]) async throws -> (output: String, status: Int32) {
        let process = try TestServer.launch(environment, in: TestServer.makeFolder())
        var lines: [String] = []
        for await line in process.lines { lines.append(line) }
        return (lines.joined(separator: "\n"), process.exitStatus())
    }

    func test_all_invalid_variables_are_named_at_once_without_secrets() async throws {
        let failure = try await failedStart([
            "PORT": "seventy", "JWT_SECRET": "too-short", "RATE_LIMIT": "often",
            "DATABASE_URL": "postgresql://me:hush@127.0.0.1/x?nonsense=1", "REDIS_URL": "redis://:hush@127.0.0.1:port",
            "JWT_JWKS_FILE": "/nowhere/keys.json",
        ])
        XCTAssertEqual(failure.status, 78)
        for name in ["PORT", "JWT_SECRET", "RATE_LIMIT", "DATABASE_URL", "REDIS_URL", "JWT_JWKS_FILE"] {
            XCTAssertTrue(failure.output.contains("\n\(name) "), failure.output)
        }
        XCTAssertFalse(failure.output.contains("too-short"), failure.output)
        XCTAssertFalse(failure.output.contains("hush"), failure.output)
    }

    func test_an_address_that_cannot_be_listened_on_is_named() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        for address in [["PORT": server.port], ["HOST": "no.such.host.invalid"]] {
            let failure = try await failedStart(address)
            XCTAssertEqual(failure.status, 78)
            XCTAssertTrue(failure.output.contains("HOST and PORT"), failure.output)
        }
        try await server.stop()
    }

    func test_outside_production_only_probes_are_served_while_migrations_are_pending() async throws {
        let folder = try TestServer.makeFolder()
        let variables = ["MIGRATE_ON_START": "off", "DATABASE_URL": try await EphemeralServices.freshDatabase()]
        let process = try TestServer.launch(variables, in: folder)
        let client = HTTPClient.shared
        /// Returns the address of the next log line that begins with these words.
        func address(_ words: String, _ lines: inout AsyncStream<String>.Iterator) async throws -> String {
            while let line = await lines.next() {
                let entry = try? JSONValue.parse(Array(line.utf8))
                guard entry?["message"]?.string?.hasPrefix(words) == true else { continue }
                return "http://127.0.0.1:\(entry?["port"]?.string ?? "")"
            }
            throw TestServer.NotStarted(description: words)
        }
        var lines = process.lines.makeAsyncIterator()
        let waiting = try await address("Migrations are pending", &lines)
        for (path, status) in [
            ("/health/live", 200), ("/health/ready", 503), ("/health", 200), ("/bookings", 503), ("/nowhere", 404),
        ] {
            let response = try await TestServer.send("GET", waiting + path, by: client)
            XCTAssertEqual(response.status, status, path)
        }
        let migration = try TestServer.launch(variables, ["migrate"], in: folder)
        XCTAssertEqual(migration.exitStatus(), 0)
        let serving = try await address("Listening.", &lines)
        let ready = try await TestServer.send("GET", serving + "/health/ready", by: client)
        XCTAssertEqual(ready.status, 200)
        XCTAssertEqual(process.stop(), 0)
    }

    func test_a_server_that_shuts_down_reports_that_it_is_not_ready_first() async throws {
        let server = try await TestServer.start(["SHUTDOWN_DELAY_SECONDS": "2"], in: TestServer.makeFolder())
        server.signal(SIGTERM)
        var status = 200
        while status == 200 { status = try await server.send("GET", "/health/ready").status }
        XCTAssertEqual(status, 503)
        let exit = try await server.stop()
        XCTAssertEqual(exit, 0)
    }

    func test_a_client_that_expects_100_continue_receives_it() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let token = try await server.token("admin", "admin")
        let curl = try ChildProcess(
            "/usr/bin/curl",
            [
                "-sSv", "--max-time", "60", "--expect100-timeout", "50", server.address + "/bookings", "-H",
                "Authorization: Bearer \(token)", "-H", "Content-Type: application/json", "-H", "Expect: 100-continue",
                "-d", "{}",
            ], in: server.folder)
        var lines: [String] = []
        for await line in curl.lines { lines.append(line) }
        XCTAssertTrue(lines.contains { $0.hasPrefix("< HTTP/1.1 100 Continue") }, lines.joined(separator: "\n"))
        XCTAssertTrue(lines.contains { $0.hasPrefix("< HTTP/1.1 400 ") }, lines.joined(separator: "\n"))
        XCTAssertEqual(curl.exitStatus(), 0)
        try await server.stop()
    }

    func test_production_does_not_start_without_a_key_or_with_pending_migrations() async throws {
        let keyless = try await failedStart(["APP_ENV": "production", "JWT_SECRET": ""])
        XCTAssertEqual(keyless.status, 78)
        XCTAssertTrue(keyless.output.contains("JWT_SECRET"), keyless.output)
        let pending = try await failedStart(["APP_ENV": "production"])
        XCTAssertEqual(pending.status, 78)
        XCTAssertTrue(pending.output.contains("MIGRATE_ON_START"), pending.output)
    }

    func test_a_second_server_on_the_same_database_file_does_not_start() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let second = try TestServer.launch(in: server.folder)
        var lines: [String] = []
        for await line in second.lines { lines.append(line) }
        XCTAssertEqual(second.exitStatus(), 78)
        XCTAssertTrue(lines.joined().contains("DATABASE_URL"), lines.joined(separator: "\n"))
        try await server.stop()
    }

    func test_a_body_of_more_than_64_kib_is_answered_with_413() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let token = try await server.token("admin", "admin")
        let tooLarge = String(repeating: " ", count: 65_537)
        let refused = try await server.send("POST", "/bookings", as: token, body: tooLarge)
        XCTAssertEqual(refused.status, 413)
        XCTAssertEqual(refused.string(at: "type"), "/problems/payload-too-large")
        let live = try await server.send("GET", "/health/live")
        XCTAssertEqual(live.status, 200)
        try await server.stop()
    }

    /// The HTTP client of Java requests h2c by default.
    func test_an_upgrade_to_another_protocol_is_ignored() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let h2c = [
            "Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAAQAoAAAAAIAAAAA",
        ]
        let served = try await server.send("GET", "/health/live", headers: h2c)
        XCTAssertEqual(served.status, 200)
        let socket = [
            "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": "https://elsewhere.example",
        ]
        let foreign = try await server.send("GET", "/socket.io/?EIO=4&transport=websocket", headers: socket)
        XCTAssertEqual([foreign.text, "\(foreign.status)"], ["Forbidden", "403"])
        let unknown = try await server.send(
            "GET", "/socket.io/?EIO=4&transport=websocket&sid=nobody",
            headers: socket.filter { $0.key != "Origin" })
        XCTAssertEqual([unknown.text, "\(unknown.status)"], ["Session ID unknown", "400"])
        try await server.stop()
    }

    func test_malformed_requests_are_answered_and_the_connection_closes() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        for (bytes, status) in [("FOO /bookings HTTP/1.1\r\nHost: a\r\n\r\n", 501), ("nonsense\r\n\r\n", 400)] {
            let shell = try ChildProcess(
                "/bin/bash",
                ["-c", "exec 3<>/dev/tcp/127.0.0.1/\(server.port); printf '%b' \"$WORDS\" >&3; timeout 20 cat <&3"],
                environment: ["WORDS": bytes], in: server.folder)
            var lines: [String] = []
            for await line in shell.lines { lines.append(line) }
            XCTAssertEqual(lines.first?.hasPrefix("HTTP/1.1 \(status)"), true, "\(lines)")
            XCTAssertEqual(shell.exitStatus(), 0)
        }
        try await server.stop()
    }

    func test_the_token_route_does_not_exist_in_production() async throws {
        let server = try await TestServer.start(
            ["APP_ENV": "production", "MIGRATE_ON_START": "on"], in: TestServer.makeFolder())
        let response = try await server.send("POST", "/auth/token", body: #"{"sub":"a","roles":["admin"]}"#)
        XCTAssertEqual(response.status, 404)
        let page = try await server.send("GET", "/")
        XCTAssertEqual(page.status, 404)
        try await server.stop()
    }
}
