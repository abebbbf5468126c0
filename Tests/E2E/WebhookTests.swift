import AsyncHTTPClient
import Bookings
import BookingsRuntime
import Foundation
import NIOCore
import XCTest

@testable import SimulationKit

/// Webhooks, from a committed booking to a receiver in another process.
final class WebhookTests: ReplicaTestCase {
    func test_the_reference_library_accepts_each_delivery_and_no_changed_one() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let receiver = try await WebhookReceiver(in: server.folder)
        let token = try await server.token("root", "admin")
        let webhook = try await server.addWebhook(
            receiver.address + "/ok?secret=a", as: token, ordering: "endpoint")
        try await receiver.learn("a", webhook.secret)
        let ids = try await server.book(6, provider, from: start, as: token)
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        _ = try await server.send(
            "POST", "/bookings/\(ids[2])/cancel", as: token, headers: ["traceparent": trace])
        try await receiver.wait { $0.count >= 7 }
        for request in receiver.requests {
            XCTAssertEqual(request.isAuthentic, true)
            XCTAssertEqual(request.isAuthenticWhenChanged, false)
            XCTAssertEqual(request.signatures, 1)
            XCTAssertEqual(request.line["agent"], .string("Bookings/1.0.0"))
            XCTAssertEqual(request.line["type"], .string("application/json"))
            let event = try JSONValue.parse(Array(request.body.utf8))["data"]?["event"]
            XCTAssertEqual(event?["id"]?.string, request.id)
        }
        let none = [JSONValue](repeating: .null, count: 6)
        XCTAssertEqual(receiver.requests.map { $0.line["traceparent"] }, none + [.string(trace)])
        let items = try await server.eventItems(as: token)
        XCTAssertEqual(receiver.requests.map(\.body), items, "the items of the event stream, byte for byte")

        let rotated = try await server.send("POST", "/webhooks/\(webhook.id)/rotate-secret", as: token)
        try await server.book(1, provider, from: start + .seconds(3600), as: token)
        try await receiver.wait { $0.count >= 8 }
        XCTAssertEqual(receiver.requests.last?.isAuthentic, true, "the old secret still signs")
        XCTAssertEqual(receiver.requests.last?.signatures, 2)
        try await receiver.learn("a", rotated.string(at: "secret"))

        let cursor = try JSONValue.parse(Array(items[3].utf8))["data"]?["event"]?["cursor"]?.string ?? ""
        let replay = try await server.send(
            "POST", "/webhooks/\(webhook.id)/replay", as: token, body: #"{"after":"\#(cursor)"}"#)
        XCTAssertEqual(replay.status, 202)
        try await receiver.wait { $0.count >= 12 }
        XCTAssertEqual(receiver.requests[8...].map(\.id), receiver.requests[4..<8].map(\.id))
        XCTAssertEqual(receiver.requests.last?.isAuthentic, true, "the new secret signs, too")

        let attempts = try await server.deliveries(of: webhook.id, as: token, atLeast: 12)
        XCTAssertEqual(attempts.compactMap { $0["event_id"]?.string }, receiver.requests.map(\.id).reversed())
        receiver.stop()
        let status = try await server.stop()
        XCTAssertEqual(status, 0)
    }

    func test_receivers_that_fail_are_retried_paused_or_reported() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let receiver = try await WebhookReceiver(in: server.folder)
        let token = try await server.token("root", "admin")
        var ids: [String: String] = [:]
        for path in ["/flap", "/gone", "/redirect", "/drop", "/hang", "/big", "/ok"] {
            ids[path] = try await server.addWebhook(receiver.address + path, as: token).id
        }
        ids["closed"] = try await server.addWebhook("http://127.0.0.1:1/", as: token).id
        try await server.book(1, provider, from: start, as: token)
        for (path, state, error) in [
            ("/gone", "paused", "the receiver answered 410"), ("/redirect", "failing", "the receiver answered 302"),
            ("/drop", "failing", "the request failed"), ("/hang", "failing", "there was no answer within 10 s"),
            ("closed", "failing", "the "), ("/flap", "failing", "the receiver answered 500"),
        ] {
            let webhook = try await server.webhook(ids[path] ?? "", as: token) { $0["state"]?.string == state }
            XCTAssertTrue(webhook["last_error"]?.string?.hasPrefix(error) ?? false, "\(path): \(webhook)")
        }
        for path in ["/big", "/ok"] {
            let webhook = try await server.webhook(ids[path] ?? "", as: token) { $0["last_success_at"] != .null }
            XCTAssertEqual(webhook["state"], .string("active"))
        }
        // A change by the owner ends the wait for a retry.
        for attempt in 2...3 {
            _ = try await server.send(
                "PATCH", "/webhooks/\(ids["/flap"] ?? "")", as: token, body: #"{"state":"active"}"#)
            try await receiver.wait { $0.count { $0.path == "/flap" } >= attempt }
        }
        _ = try await server.webhook(ids["/flap"] ?? "", as: token) { $0["state"]?.string == "active" }
        let flaps = receiver.requests.filter { $0.path == "/flap" }
        XCTAssertEqual(Set(flaps.map(\.id)).count, 1, "each attempt has the same id")
        XCTAssertFalse(receiver.requests.contains { $0.path == "/redirected" })
        let ping = try await server.send("POST", "/webhooks/\(ids["/ok"] ?? "")/test", as: token)
        XCTAssertEqual(ping.json["status"], .number("204"), ping.text)
        receiver.stop()
        let status = try await server.stop()
        XCTAssertEqual(status, 0)
    }

    func test_replicas_of_which_one_is_killed_and_one_stops_lose_nothing_and_keep_the_order() async throws {
        var servers = try await replicas()
        let receiver = try await WebhookReceiver(in: servers[0].folder)
        let token = try await servers[0].token("root", "admin")
        for number in 0..<4 {
            _ = try await servers[number % 3].addWebhook(
                "\(receiver.address)/ok/\(number)", as: token, ordering: number % 2 == 0 ? "endpoint" : "booking")
        }
        let (client, address) = (servers[2].client, servers[2].address)
        for round in 0..<2 {
            let posted = Task { [provider, start] in
                try await TestServer.book(
                    40, provider, from: start + .seconds(36_000 * Int64(round)), as: token, at: address, by: client)
            }
            try await receiver.wait { $0.count >= 40 + 160 * round }
            // The first is killed while it delivers, the second hands over.
            if round == 0 { try await servers[0].kill() } else { try await servers[1].stop() }
            _ = try await posted.value
            servers[round] = try await replica(beside: servers[2])
            try await receiver.wait { requests in
                (0..<4).allSatisfy { number in
                    Set(requests.filter { $0.path == "/ok/\(number)" }.map(\.id)).count == 40 * (round + 1)
                }
            }
        }
        let log = try await servers[2].eventItems(as: token)
        XCTAssertEqual(log.count, 80)
        for number in 0..<4 {
            let bodies = receiver.bodies(at: "/ok/\(number)")
            if number % 2 == 0 { XCTAssertEqual(bodies, log) } else { XCTAssertEqual(bodies.sorted(), log.sorted()) }
        }
        receiver.stop()
        try await stop(servers)
    }

    func test_the_receiver_of_the_documentation_works_as_printed() async throws {
        let page = try String(contentsOf: TestServer.root.appendingPathComponent("docs/webhooks.md"), encoding: .utf8)
        let code = try XCTUnwrap(page.firstMatch(of: /```python\n(?<code>(?s:.*?))```/)).output.code
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let token = try await server.token("root", "admin")
        // The receiver needs the secret before it listens, and the webhook needs its port.
        let webhook = try await server.addWebhook("http://127.0.0.1:1/", as: token)
        let receiver = try ChildProcess(
            "/usr/bin/timeout", ["120", "/usr/bin/env", "python3", "-u", "-c", String(code)],
            environment: ["PORT": "0", "WEBHOOK_SECRET": webhook.secret], in: server.folder)
        var lines = receiver.lines.makeAsyncIterator()
        let listening = await lines.next()
        let port = try XCTUnwrap(listening?.split(separator: " ").last)
        let change = try await server.send(
            "PATCH", "/webhooks/\(webhook.id)", as: token, body: #"{"url":"http://127.0.0.1:\#(port)/"}"#)
        XCTAssertEqual(change.status, 200, change.text)
        try await server.book(1, provider, from: start, as: token)
        let line = await lines.next() ?? ""
        XCTAssertTrue(line.hasPrefix("booking.created "), line)
        var forged = HTTPClientRequest(url: "http://127.0.0.1:\(port)/")
        forged.method = .POST
        forged.body = .bytes(ByteBuffer(string: "{}"))
        let refused = try await server.client.execute(forged, timeout: .seconds(60))
        XCTAssertEqual(refused.status, .unauthorized)
        _ = receiver.stop()
        try await server.stop()
    }
}

extension TestServer {
    /// Returns a webhook as soon as the condition holds for it.
    func webhook(_ id: String, as token: String, when condition: (JSONValue) -> Bool) async throws -> JSONValue {
        for _ in 0..<600 {
            let answer = try await send("GET", "/webhooks/\(id)", as: token)
            if condition(answer.json) { return answer.json }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw NotStarted(description: "the webhook \(id) did not get there")
    }

    /// Returns the attempts of a webhook as soon as there are enough.
    func deliveries(of id: String, as token: String, atLeast count: Int) async throws -> [JSONValue] {
        for _ in 0..<600 {
            let answer = try await send("GET", "/webhooks/\(id)/deliveries?status=succeeded", as: token)
            if answer.elements("data").count >= count { return answer.elements("data") }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw NotStarted(description: "the webhook \(id) has too few deliveries")
    }
}
