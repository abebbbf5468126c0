import AsyncHTTPClient
import Bookings
import BookingsRuntime
import Foundation
import Glibc
import TestSupport
import XCTest

@testable import SimulationKit

/// A server with a certificate: HTTP/2 and HTTP/1.1 by the clients of others.
final class TLSTests: XCTestCase {
    private let provider = "11111111-1111-4111-8111-111111111111"
    private let start = SystemClock().now() + .seconds(7200)

    private func run(_ program: String, _ arguments: [String], in folder: URL) async throws -> (
        lines: [String], status: Int32
    ) {
        let process = try ChildProcess("/usr/bin/timeout", ["60", program] + arguments, in: folder)
        var lines: [String] = []
        for await line in process.lines { lines.append(line) }
        return (lines, process.exitStatus())
    }

    private func book(_ number: Int, on server: TestServer, as token: String) async throws -> String {
        let response = try await server.send(
            "POST", "/bookings", as: token,
            body: TestServer.bookingBody(provider, from: start + .seconds(600 * number), lasting: .seconds(600)))
        XCTAssertEqual(response.status, 201, response.text)
        return response.string(at: "id")
    }

    // MARK: - Protocols

    func test_curl_gets_the_protocol_that_it_asks_for() async throws {
        let server = try await TestServer.startWithTLS()
        for (option, version) in [("--http2", "2"), ("--http1.1", "1.1"), ("--no-alpn", "1.1")] {
            let curl = try await run(
                "curl",
                [
                    "-sS", option, "--cacert", "first.pem", "-w", "\n%{http_version} %{http_code}",
                    server.address + "/health",
                ],
                in: server.folder)
            XCTAssertEqual(curl.lines.last, "\(version) 200", curl.lines.joined(separator: "\n"))
            XCTAssertEqual(curl.lines.first?.contains(#""status":"ok""#), true, curl.lines.joined())
        }
        let health = try TestServer.launch(
            server.variables.merging(["PORT": server.port]) { $1 }, ["health"], in: server.folder)
        XCTAssertEqual(health.exitStatus(), 0)
        let plain = try await run("curl", ["-sS", "http://127.0.0.1:\(server.port)/health"], in: server.folder)
        XCTAssertNotEqual(plain.status, 0, "A client without TLS gets no answer.")
        let exit = try await server.stop()
        XCTAssertEqual(exit, 0)
    }

    func test_bookings_problems_and_polling_are_served_over_http2() async throws {
        let server = try await TestServer.startWithTLS()
        let token = try await server.token(provider, "provider")
        let id = try await book(0, on: server, as: token)
        let read = try await server.send("GET", "/bookings/\(id)", as: token)
        XCTAssertEqual(read.string(at: "id"), id)
        let head = try await server.send("HEAD", "/bookings/\(id)", as: token)
        XCTAssertEqual([head.text, "\(head.status)"], ["", "200"])
        let tooLarge = String(repeating: " ", count: 200_000)
        let refused = try await server.send("POST", "/bookings", as: token, body: tooLarge)
        XCTAssertEqual(refused.status, 413)
        let unknown = try await server.send("GET", "/nowhere")
        XCTAssertEqual(unknown.status, 404)

        let path = "/socket.io/?EIO=4&transport=polling"
        let opened = try await server.send("GET", path)
        let session = "\(path)&sid=\(try JSONValue.parse(Array(opened.text.dropFirst().utf8))["sid"]?.string ?? "")"
        let posted = try await server.send("POST", session, body: #"40{"token":"\#(token)"}"#)
        XCTAssertEqual(posted.text, "ok")
        let connected = try await server.send("GET", session)
        XCTAssertTrue(connected.text.hasPrefix(#"40{"sid":""#), connected.text)
        let second = try await book(1, on: server, as: token)
        let event = try await server.send("GET", session)
        XCTAssertTrue(event.text.contains(second), event.text)
        let exit = try await server.stop()
        XCTAssertEqual(exit, 0)
    }

    func test_many_requests_share_a_connection() async throws {
        let server = try await TestServer.startWithTLS()
        let load = try await run(
            "h2load", ["-n", "2000", "-c", "2", "-m", "100", server.address + "/health/live"], in: server.folder)
        let text = load.lines.joined(separator: "\n")
        XCTAssertTrue(text.contains("2000 succeeded, 0 failed, 0 errored"), text)
        XCTAssertTrue(text.contains("Application protocol: h2"), text)
        try await server.stop()
    }

    func test_the_official_socket_io_client_connects_over_tls() async throws {
        let server = try await TestServer.startWithTLS()
        let python = TestServer.root.appendingPathComponent(".venv/bin/python3").path
        let script = TestServer.root.appendingPathComponent("Tests/E2E/Clients/listen.py").path
        let token = try await server.token(provider, "provider")
        for (round, transports) in ["polling", "polling,websocket", "websocket"].enumerated() {
            let listener = try ChildProcess(
                "/usr/bin/timeout", ["60", python, script, server.address, token, transports], in: server.folder)
            var events = listener.lines.makeAsyncIterator()
            let connected = await events.next()
            XCTAssertEqual(connected, #"{"name": "connect"}"#)
            let id = try await book(round, on: server, as: token)
            let event = await events.next()
            XCTAssertEqual(event?.contains(id), true, event ?? "nothing")
            listener.kill()
        }
        try await server.stop()
    }

    // MARK: - Certificates

    private func subject(_ server: TestServer) async throws -> String {
        let command = """
            openssl s_client -connect 127.0.0.1:\(server.port) </dev/null 2>/dev/null | openssl x509 -noout -subject
            """
        return try await run("bash", ["-c", command], in: server.folder).lines.joined()
    }

    func test_a_certificate_is_replaced_while_a_stream_stays_open() async throws {
        let server = try await TestServer.startWithTLS()
        let token = try await server.token(provider, "provider")
        let stream = try ChildProcess(
            "/usr/bin/curl",
            [
                "-sSN", "--http2", "-k", "--max-time", "60", server.address + "/events", "-H",
                "Authorization: Bearer \(token)", "-H", "Accept: text/event-stream",
            ], in: server.folder)
        var lines = stream.lines.makeAsyncIterator()
        let opened = await lines.next()
        XCTAssertEqual(opened, ":")
        let before = try await subject(server)
        XCTAssertEqual(before, "subject=CN = first")
        let first = Certificate(
            certificate: server.folder.appendingPathComponent("first.pem"),
            key: server.folder.appendingPathComponent("first.key"))
        let second = try Certificate.make("second", in: server.folder)
        // A key without its certificate: what was read before stays in use.
        try Data(contentsOf: second.key).write(to: first.key, options: .atomic)
        let unchanged = try await subject(server)
        XCTAssertEqual(unchanged, "subject=CN = first")
        try first.replace(by: second)
        let isReplaced = try await eventually { try await subject(server) == "subject=CN = second" }
        XCTAssertTrue(isReplaced)
        let id = try await book(0, on: server, as: token)
        var received = ""
        while let line = await lines.next(), !received.contains(id) { received += line }
        XCTAssertTrue(received.contains(id), received)

        server.signal(SIGTERM)
        let exit = try await server.exit()
        XCTAssertEqual(exit.status, 0)
        XCTAssertEqual(stream.exitStatus(), 0, "The stream ends with its last frame.")
        XCTAssertTrue(exit.log.contains { $0.contains("was read again") }, exit.log.joined(separator: "\n"))
    }

    func test_files_that_cannot_be_used_are_named_at_the_start() async throws {
        let folder = try TestServer.makeFolder()
        let (first, second) = (try Certificate.make("first", in: folder), try Certificate.make("second", in: folder))
        for (variables, expected) in [
            (["TLS_CERT_FILE": first.certificate.path], "TLS_KEY_FILE must be set"),
            (["TLS_KEY_FILE": first.key.path], "TLS_CERT_FILE must be set"),
            (["TLS_CERT_FILE": "/nowhere", "TLS_KEY_FILE": first.key.path], "TLS_CERT_FILE must be the path"),
            (["TLS_CERT_FILE": first.certificate.path, "TLS_KEY_FILE": "/nowhere"], "TLS_KEY_FILE must be the path"),
            (["TLS_CERT_FILE": first.key.path, "TLS_KEY_FILE": first.key.path], "TLS_CERT_FILE must be a PEM file"),
            (
                ["TLS_CERT_FILE": first.certificate.path, "TLS_KEY_FILE": first.certificate.path],
                "TLS_KEY_FILE must be a PEM file"
            ),
            (
                ["TLS_CERT_FILE": first.certificate.path, "TLS_KEY_FILE": second.key.path],
                "TLS_KEY_FILE must hold the key"
            ),
        ] {
            let process = try TestServer.launch(variables, in: folder)
            var lines: [String] = []
            for await line in process.lines { lines.append(line) }
            XCTAssertEqual(process.exitStatus(), 78)
            XCTAssertTrue(lines.contains { $0.hasPrefix(expected) }, "\(expected): \(lines)")
        }
    }

    // MARK: - Shutdown and limits

    /// Sends a request again that did not get onto its connection. This HTTP client gives requests to a connection of which
    /// it then reads that it ends (GOAWAY), and fails them instead of taking another one, as browsers and curl do.
    private static func untilProcessed(
        _ send: () async throws -> TestServer.Response
    ) async throws -> TestServer.Response {
        while true {
            do { return try await send() } catch {
                let isUnprocessed =
                    [.cancelled, .remoteConnectionClosed].contains(error as? HTTPClientError)
                    || "\(error)".contains("Refused Stream")
                guard isUnprocessed else { throw error }
            }
        }
    }

    func test_a_shutdown_ends_http2_connections_without_a_failed_request() async throws {
        let server = try await TestServer.startWithTLS(["SHUTDOWN_DELAY_SECONDS": "5"])
        _ = try await server.send("GET", "/health/live")
        server.signal(SIGTERM)
        var statuses: [Int] = []
        while statuses.last != 503 {
            statuses.append(try await Self.untilProcessed { try await server.send("GET", "/health/ready") }.status)
        }
        // Requests are served on as long as the shutdown is delayed.
        let token = try await Self.untilProcessed {
            try await server.send("POST", "/auth/token", body: #"{"sub":"a","roles":["admin"]}"#)
        }
        XCTAssertEqual(token.status, 200)
        let exit = try await server.exit()
        XCTAssertEqual(exit.status, 0)
        XCTAssertFalse(exit.log.contains { $0.contains("cut off") }, exit.log.joined(separator: "\n"))
    }

    /// What a client does by frames that no HTTP library sends; the script prints how the server reacted.
    func test_floods_of_frames_end_their_connection_and_nothing_else() async throws {
        let server = try await TestServer.startWithTLS()
        let script = TestServer.root.appendingPathComponent("Tests/E2E/Clients/frames.py").path
        for (attack, outcome) in [
            // Error codes of RFC 9113, section 7.
            ("rapid-reset", "goaway enhance-your-calm"), ("continuation", "goaway enhance-your-calm"),
            ("pings", "goaway enhance-your-calm"), ("huge-head", "goaway protocol-error"), ("large-head", "status 431"),
            ("streams", "goaway protocol-error"), ("bodies", "reset refused-stream"),
            ("unfinished-body-too-large", "reset no-error"),
        ] {
            let result = try await run("python3", [script, server.port, attack], in: server.folder)
            XCTAssertEqual(result.lines, [outcome], attack)
            let live = try await server.send("GET", "/health/live")
            XCTAssertEqual(live.status, 200, attack)
        }
        let exit = try await server.stop()
        XCTAssertEqual(exit, 0)
    }
}
