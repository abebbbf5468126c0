import AsyncHTTPClient
import Bookings
import Foundation
import XCTest

@testable import SimulationKit

/// A receiver of webhooks in a process of its own, see `Clients/webhook_receiver.py`.
final class WebhookReceiver {
    /// A request that it got.
    struct Request {
        let method: String
        let path: String
        let id: String
        let body: String
        /// Whether the reference library accepts it; `nil` when the receiver does not know the secret.
        let isAuthentic: Bool?
        /// Whether the reference library accepts it with one bit of the body changed.
        let isAuthenticWhenChanged: Bool?
        let signatures: Int
        let line: JSONValue
    }

    let address: String
    private let process: ChildProcess
    private var lines: AsyncStream<String>.Iterator
    /// Everything that was received so far.
    private(set) var requests: [Request] = []

    /// - Parameter isLate: No connection to it is completed until `open`.
    init(in folder: URL, isLate: Bool = false) async throws {
        let python = TestServer.root.appendingPathComponent(".venv/bin/python3").path
        let script = TestServer.root.appendingPathComponent("Tests/E2E/Clients/webhook_receiver.py").path
        process = try ChildProcess(
            "/usr/bin/timeout", ["240", python, script] + (isLate ? ["late"] : []), in: folder, takesInput: true)
        var lines = process.lines.makeAsyncIterator()
        let port = await lines.next()
        guard let port, Int(port) != nil else { throw TestServer.NotStarted(description: script) }
        self.lines = lines
        address = "http://127.0.0.1:\(port)"
    }

    /// Tells the secret of a webhook whose URL has the query `secret=NAME`.
    func learn(_ name: String, _ secret: String) async throws {
        XCTAssertTrue(process.send("secret \(name) \(secret)"))
        try await wait { $0.contains { $0.path == secret } }
        requests.removeAll { $0.path == secret }
    }

    /// Lets connections be completed.
    func open() { XCTAssertTrue(process.send("open")) }

    /// Waits until the condition holds for what was received.
    func wait(until condition: ([Request]) -> Bool) async throws {
        while !condition(requests) {
            guard let text = await lines.next() else {
                throw TestServer.NotStarted(description: "the receiver ended: \(requests.map(\.line))")
            }
            let line = try JSONValue.parse(Array(text.utf8))
            requests.append(
                Request(
                    method: line["method"]?.string ?? "", path: line["path"]?.string ?? "",
                    id: line["id"]?.string ?? "", body: line["body"]?.string ?? "",
                    isAuthentic: line["authentic"].map { $0 == .bool(true) },
                    isAuthenticWhenChanged: line["changed_authentic"].map { $0 == .bool(true) },
                    signatures: line["signatures"]?.double.map { Int($0) } ?? 0, line: line))
        }
    }

    /// The bodies that a path got, each message once, in the order of the first attempts.
    func bodies(at path: String) -> [String] {
        var seen: Set<String> = []
        return requests.filter { $0.path == path && seen.insert($0.id).inserted }.map(\.body)
    }

    func stop() { _ = process.stop() }
}

extension TestServer {
    /// Adds a webhook, and returns its id and secret.
    func addWebhook(
        _ url: String, as token: String, ordering: String = "booking", events: [String] = []
    ) async throws -> (id: String, secret: String) {
        let filter = events.isEmpty ? "" : #","events":["\#(events.joined(separator: #"",""#))"]"#
        let answer = try await send(
            "POST", "/webhooks", as: token, body: #"{"url":"\#(url)","ordering":"\#(ordering)"\#(filter)}"#)
        XCTAssertEqual(answer.status, 201, answer.text)
        return (answer.string(at: "id"), answer.string(at: "secret"))
    }

    /// Books one slot of a minute each, and returns the ids of the bookings.
    @discardableResult
    func book(_ count: Int, _ provider: String, from start: Timestamp, as token: String) async throws -> [String] {
        try await Self.book(count, provider, from: start, as: token, at: address, by: client)
    }

    /// Does the same without the server, for tasks that run beside others.
    @discardableResult
    static func book(
        _ count: Int, _ provider: String, from start: Timestamp, as token: String, at address: String,
        by client: HTTPClient
    ) async throws -> [String] {
        var ids: [String] = []
        for number in 0..<count {
            let body = bookingBody(provider, from: start + .seconds(60 * Int64(number)), lasting: .seconds(60))
            let answer = try await send("POST", address + "/bookings", as: token, body: body, by: client)
            XCTAssertEqual(answer.status, 201, answer.text)
            ids.append(answer.string(at: "id"))
        }
        return ids
    }

    /// Returns the items of the event stream as they are written there.
    func eventItems(as token: String) async throws -> [String] {
        var items: [String] = []
        var query = ""
        while true {
            let page = try await send("GET", "/events?limit=100\(query)", as: token)
            let text = page.text.dropFirst(#"{"data":["#.count)
            let list = text[..<(text.range(of: #"],"meta":"#)?.lowerBound ?? text.endIndex)]
            if list.isEmpty { return items }
            // Items begin with the same bytes.
            items += list.replacingOccurrences(of: #"},{"data":"#, with: "}\n{\"data\":").split(separator: "\n")
                .map(String.init)
            query = "&after=\(page.json["meta"]?["next"]?.string ?? "")"
        }
    }
}
