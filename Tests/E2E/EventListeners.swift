import Bookings
import Foundation
import XCTest

@testable import SimulationKit

/// `GET /events` as a stream, read by curl.
final class StreamedEvents {
    struct Event {
        let id: String
        let name: String
        let data: JSONValue
    }

    private let process: ChildProcess
    private var lines: AsyncStream<String>.Iterator

    /// - Parameter after: The cursor to resume after.
    init(_ server: TestServer, as token: String, after: String? = nil) throws {
        var headers = ["Authorization: Bearer \(token)", "Accept: text/event-stream"]
        if let after { headers.append("Last-Event-ID: \(after)") }
        process = try ChildProcess(
            "/usr/bin/curl",
            ["-sSN", "--max-time", "120", "-w", "%{stderr}%{http_code}\n", server.address + "/events"]
                + headers.flatMap { ["-H", $0] }, in: server.folder)
        lines = process.lines.makeAsyncIterator()
    }

    /// Returns the next line, or `nil` when the stream has ended.
    func line() async -> String? {
        let line = await lines.next()
        return line == "200" ? await lines.next() : line
    }

    /// Returns the next event; its name is empty when the stream has ended.
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

/// The official Python client. It does not reconnect.
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

    /// Returns the next line, or `nil` when the connection has ended.
    func line() async -> String? { await lines.next() }

    func event() async -> JSONValue {
        await line().flatMap { try? JSONValue.parse(Array($0.utf8)) } ?? .null
    }

    func end() { process.kill() }
}
