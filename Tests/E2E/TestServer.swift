import AsyncHTTPClient
import Bookings
import Foundation
import NIOCore
import TestSupport
import XCTest

@testable import SimulationKit

/// The built server as a process of its own, on the embedded store in a temporary folder and on a free port.
final class TestServer {
    let folder: URL
    let port: String
    let address: String
    let client: HTTPClient
    /// What it was started with.
    let variables: [String: String]
    private let process: ChildProcess
    var pid: pid_t { process.pid }

    /// The repository.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// A new folder for a server's data.
    static func makeFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bookings-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    static func launch(
        _ environment: [String: String] = [:], _ arguments: [String] = [], in folder: URL
    ) throws -> ChildProcess {
        let binary = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("BookingsServer").path
        let settings = [
            "PORT": "0", "APP_ENV": "test", "JWT_SECRET": "the secret of the end-to-end tests, long enough",
            "LOG_FORMAT": "json",
        ]
        return try ChildProcess(binary, arguments, environment: settings.merging(environment) { $1 }, in: folder)
    }

    /// Returns when it listens.
    static func start(_ environment: [String: String] = [:], in folder: URL) async throws -> TestServer {
        let process = try launch(environment, in: folder)
        var seen: [String] = []
        for await line in process.lines {
            seen.append(line)
            guard let entry = try? JSONValue.parse(Array(line.utf8)), entry["message"]?.string == "Listening.",
                let port = entry["port"]?.string
            else { continue }
            return TestServer(process: process, port: port, folder: folder, variables: environment)
        }
        throw NotStarted(description: seen.joined(separator: "\n"))
    }

    struct NotStarted: Error, CustomStringConvertible {
        let description: String
    }

    private init(process: ChildProcess, port: String, folder: URL, variables: [String: String]) {
        self.variables = variables
        self.process = process
        self.folder = folder
        self.port = port
        address = "http://127.0.0.1:\(port)"
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func kill() async throws {
        process.kill()
        try await client.shutdown()
    }

    func signal(_ number: Int32) { process.signal(number) }

    /// Asks it to end, and says with which status it did.
    @discardableResult
    func stop() async throws -> Int32 {
        try await client.shutdown()
        return process.stop()
    }

    // MARK: - Requests

    func send(
        _ method: String, _ path: String, as token: String? = nil, body: String? = nil, headers: [String: String] = [:]
    ) async throws -> Answer {
        try await Self.send(method, address + path, as: token, body: body, headers: headers, by: client)
    }

    static func send(
        _ method: String, _ url: String, as token: String? = nil, body: String? = nil, headers: [String: String] = [:],
        by client: HTTPClient
    ) async throws -> Answer {
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
        let faults = OpenAPIConformance.shared.faults(
            OpenAPIConformance.Exchange(
                method: method, path: url.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" }.description,
                requestBody: body.map { Array($0.utf8) }, status: Int(response.status.code),
                headers: response.headers.map { ($0.name, $0.value) }, body: Array(buffer: bytes)))
        XCTAssertEqual(faults, [], "\(method) \(url)")
        return Answer(status: Int(response.status.code), text: String(buffer: bytes))
    }

    struct Answer: Sendable {
        let status: Int
        let text: String

        var json: JSONValue { (try? JSONValue.parse(Array(text.utf8))) ?? .null }
        func text(at name: String) -> String { json[name]?.string ?? "" }
        func elements(_ name: String) -> [JSONValue] {
            if case .array(let elements)? = json[name] { elements } else { [] }
        }
    }

    /// A token from the server itself.
    func token(_ subject: String, _ role: String) async throws -> String {
        let answer = try await send("POST", "/auth/token", body: #"{"sub":"\#(subject)","roles":["\#(role)"]}"#)
        return try XCTUnwrap(answer.json["access_token"]?.string, answer.text)
    }

    /// The body of a booking.
    static func wish(_ provider: String, from start: Timestamp, lasting length: Duration) -> String {
        """
        {"provider_id":"\(provider)","service_id":"22222222-2222-4222-8222-222222222222",\
        "start_time":"\(RFC3339.string(start))","end_time":"\(RFC3339.string(start + length))"}
        """
    }
}
