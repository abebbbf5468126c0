import AsyncHTTPClient
import Bookings
import Foundation
import NIOCore
import NIOSSL
import TestSupport
import XCTest

@testable import SimulationKit

/// The built server in a process of its own, on the embedded store in a temporary folder and on a free port.
final class TestServer {
    let folder: URL
    let port: String
    let address: String
    let client: HTTPClient
    /// The environment variables that it was started with.
    let variables: [String: String]
    private let process: ChildProcess
    var pid: pid_t { process.pid }

    /// The root of the repository.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The path of a built program.
    static func executable(_ name: String) -> String {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent(name).path
    }

    /// Creates a folder for the data of a server.
    static func makeFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bookings-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// Starts the process. The environment has precedence over the defaults of tests.
    static func launch(
        _ environment: [String: String] = [:], _ arguments: [String] = [], in folder: URL
    ) throws -> ChildProcess {
        let binary = executable("BookingsServer")
        let settings = [
            "PORT": "0", "APP_ENV": "test", "JWT_SECRET": "the secret of the end-to-end tests, long enough",
            "LOG_FORMAT": "json", "SHUTDOWN_DELAY_SECONDS": "0",
        ]
        return try ChildProcess(binary, arguments, environment: settings.merging(environment) { $1 }, in: folder)
    }

    /// Starts a server, and returns when it listens.
    static func start(_ environment: [String: String] = [:], in folder: URL) async throws -> TestServer {
        let process = try launch(environment, in: folder)
        var log: [String] = []
        for await line in process.lines {
            log.append(line)
            guard let entry = try? JSONValue.parse(Array(line.utf8)), entry["message"]?.string == "Listening.",
                let port = entry["port"]?.string
            else { continue }
            return TestServer(process: process, port: port, folder: folder, variables: environment)
        }
        throw NotStarted(description: log.joined(separator: "\n"))
    }

    /// Runs `body` with a server, which must then still answer and end with status 0.
    static func withServer(
        _ environment: [String: String] = [:], _ body: (TestServer) async throws -> Void
    ) async throws {
        let server = try await start(environment, in: makeFolder())
        try await body(server)
        let live = try await server.send("GET", "/health/live")
        XCTAssertEqual(live.status, 200)
        let exit = try await server.stop()
        XCTAssertEqual(exit, 0)
    }

    /// The server ended before it listened; the description is its log.
    struct NotStarted: Error, CustomStringConvertible {
        let description: String
    }

    private init(process: ChildProcess, port: String, folder: URL, variables: [String: String]) {
        self.variables = variables
        self.process = process
        self.folder = folder
        self.port = port
        let isEncrypted = variables["TLS_CERT_FILE"] != nil
        address = "http\(isEncrypted ? "s" : "")://127.0.0.1:\(port)"
        var configuration = HTTPClient.Configuration()
        configuration.tlsConfiguration = .makeClientConfiguration()
        configuration.tlsConfiguration?.certificateVerification = .none
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// A test that throws leaves its server; a client that is released without a shutdown would end the whole run.
    deinit { client.shutdown { _ in } }

    /// Sends SIGKILL.
    func kill() async throws {
        process.kill()
        try await client.shutdown()
    }

    func signal(_ number: Int32) { process.signal(number) }

    /// Waits until the process ends by itself, after a signal that the test sent. Returns its exit status and what it
    /// logged since it listened.
    func exit() async throws -> (status: Int32, log: [String]) {
        var log: [String] = []
        for await line in process.lines { log.append(line) }
        try await client.shutdown()
        return (process.exitStatus(), log)
    }

    /// Sends SIGTERM, and returns the exit status of the process.
    @discardableResult
    func stop() async throws -> Int32 {
        try await client.shutdown()
        return process.stop()
    }

    // MARK: - Requests

    /// Sends a request to the server.
    func send(
        _ method: String, _ path: String, as token: String? = nil, body: String? = nil, headers: [String: String] = [:]
    ) async throws -> Response {
        try await Self.send(method, address + path, as: token, body: body, headers: headers, by: client)
    }

    /// Sends a request, and checks that the exchange conforms to the OpenAPI document.
    static func send(
        _ method: String, _ url: String, as token: String? = nil, body: String? = nil, headers: [String: String] = [:],
        by client: HTTPClient
    ) async throws -> Response {
        var request = HTTPClientRequest(url: url)
        request.method = .init(rawValue: method)
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body))
        }
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        let response = try await client.execute(request, timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 1 << 24)
        let violations = OpenAPIConformance.shared.violations(
            OpenAPIConformance.Exchange(
                method: method, path: url.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" }.description,
                requestBody: body.map { Array($0.utf8) }, status: Int(response.status.code),
                headers: response.headers.map { ($0.name, $0.value) }, body: Array(buffer: bytes)))
        XCTAssertEqual(violations, [], "\(method) \(url)")
        return Response(status: Int(response.status.code), text: String(buffer: bytes))
    }

    struct Response: Sendable {
        let status: Int
        let text: String

        var json: JSONValue { (try? JSONValue.parse(Array(text.utf8))) ?? .null }
        /// Returns a string member of the JSON body, or an empty string.
        func string(at name: String) -> String { json[name]?.string ?? "" }
        /// Returns the elements of an array member of the JSON body.
        func elements(_ name: String) -> [JSONValue] {
            if case .array(let elements)? = json[name] { elements } else { [] }
        }
    }

    /// Requests a token from the server. `seconds`: its lifetime.
    func token(_ subject: String, _ role: String, seconds: Int = 3600) async throws -> String {
        let response = try await send(
            "POST", "/auth/token",
            body: #"{"sub":"\#(subject)","roles":["\#(role)"],"ttl_seconds":\#(seconds)}"#)
        return try XCTUnwrap(response.json["access_token"]?.string, response.text)
    }

    /// Returns the body of a request that creates a booking.
    static func bookingBody(_ provider: String, from start: Timestamp, lasting length: Duration) -> String {
        """
        {"provider_id":"\(provider)","service_id":"22222222-2222-4222-8222-222222222222",\
        "start_time":"\(RFC3339.string(start))","end_time":"\(RFC3339.string(start + length))"}
        """
    }
}
