import Bookings
import Foundation
import XCTest

@testable import SimulationKit

/// `simulator conform` names the faults of a service from outside, and none where there is none.
final class ConformTests: XCTestCase {
    private static let secret = "the secret of the end-to-end tests, long enough"

    private struct Card: Sendable {
        let status: Int32
        let text: String
        let json: JSONValue

        func promises(_ outcome: String) -> Set<String> {
            guard case .array(let promises)? = json["promises"] else { return [] }
            return Set(promises.filter { $0["outcome"]?.string == outcome }.compactMap { $0["id"]?.string })
        }
    }

    private static func judge(
        _ address: String, _ arguments: [String] = [], environment: [String: String] = ["JWT_SECRET": secret],
        in folder: URL
    ) async throws -> Card {
        let process = try ChildProcess(
            TestServer.executable("simulator"),
            ["conform", "--target", address, "--lead", "3s", "--json", "card.json"] + arguments,
            environment: environment, in: folder)
        var lines: [String] = []
        for await line in process.lines { lines.append(line) }
        let status = process.exitStatus()
        let card = try? Data(contentsOf: folder.appendingPathComponent("card.json"))
        return Card(
            status: status, text: lines.joined(separator: "\n"),
            json: card.flatMap { try? JSONValue.parse(Array($0)) } ?? .null)
    }

    /// Judges a server of `Peers`.
    private static func judge(peer name: String, _ arguments: [String] = []) async throws -> Card {
        let folder = try TestServer.makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let python = TestServer.root.appendingPathComponent(".venv/bin/python3").path
        let script = TestServer.root.appendingPathComponent("Tests/E2E/Peers/\(name).py").path
        let process = try ChildProcess(
            "/usr/bin/timeout", ["120", python, "-B", script],
            environment: ["JWT_SECRET": secret, "LEAD_SECONDS": "3"], in: folder)
        defer { _ = process.stop() }
        var lines = process.lines.makeAsyncIterator()
        guard let port = await lines.next(), Int(port) != nil else {
            throw TestServer.NotStarted(description: script)
        }
        return try await judge("http://127.0.0.1:\(port)", arguments, in: folder)
    }

    func test_every_promise_holds_on_the_service() async throws {
        try await TestServer.withServer(["REMINDER_LEAD_MINUTES": "0.05"]) { server in
            let arguments = ["--profile", "full", "-o", "card.html", "--junit", "card.xml"]
            let card = try await Self.judge(server.address, arguments, in: server.folder)
            XCTAssertEqual(card.status, 0, card.text)
            XCTAssertEqual(card.promises("broken"), [], card.text)
            XCTAssertEqual(card.promises("not testable here"), [], card.text)
            XCTAssertGreaterThan(card.promises("held").count, 50)
            let junit = try String(contentsOf: server.folder.appendingPathComponent("card.xml"), encoding: .utf8)
            XCTAssertTrue(junit.contains(#"failures="0""#), junit)
            let page = try String(contentsOf: server.folder.appendingPathComponent("card.html"), encoding: .utf8)
            XCTAssertTrue(page.contains(card.text.split(separator: "\n").last ?? "?"), page)
        }
    }

    func test_the_card_of_each_other_server_names_exactly_its_faults() async throws {
        let faults: [(peer: String, broken: Set<String>)] = [
            ("peer", []), ("check_then_insert", ["stores.no-double-booking"]),
            ("cron_reminders", ["guarantees.reminder-on-time"]),
            ("no_ownership", ["rest.foreign-read", "rest.foreign-lists", "rest.foreign-actions"]),
            ("offset_pages", ["rest.page-walk"]),
        ]
        let cards = try await SideBySide.map(faults) { try await Self.judge(peer: $0.peer) }
        for (fault, card) in zip(faults, cards) {
            XCTAssertEqual(card.promises("broken"), fault.broken, "\(fault.peer): \(card.text)")
            XCTAssertEqual(card.status, fault.broken.isEmpty ? 0 : 1, fault.peer)
            XCTAssertGreaterThan(card.promises("held").count, 20, fault.peer)
            for promise in fault.broken { XCTAssertTrue(card.text.contains("--only \(promise)"), card.text) }
        }
    }

    /// Serves the service with a planted bug, and judges one promise.
    private static func judge(mutant name: String, _ promise: String) async throws -> Card {
        let folder = try TestServer.makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let begin = RFC3339.string(Timestamp(milliseconds: Int64(Date().timeIntervalSince1970) * 1000))
        let process = try ChildProcess(
            "/usr/bin/timeout",
            [
                "120", TestServer.executable("simulator"), "serve", "--port", "0", "--control", "127.0.0.1:0", "--at",
                begin, "--speed", "1", "--mutant", name,
            ], in: folder)
        defer { _ = process.stop() }
        for await line in process.lines {
            guard let address = line.split(separator: " ").last, line.hasPrefix("serves ") else { continue }
            return try await judge(
                String(address), ["--only", promise],
                environment: [
                    "JWT_SECRET": String(decoding: ReplicaSetup.secret, as: UTF8.self),
                    "JWT_AUDIENCE": ReplicaSetup.audience,
                ], in: folder)
        }
        throw TestServer.NotStarted(description: name)
    }

    func test_planted_bugs_are_found_from_outside_by_the_promise_that_they_break() async throws {
        let mutants: [(name: String, promise: String)] = [
            ("page-skips-row", "rest.pages"), ("page-repeats-row", "rest.page-walk"),
            ("if-match-ignored", "rest.if-match"), ("refusal-acknowledged", "stores.no-double-booking"),
            ("cache-ignores-changes", "guarantees.list-your-writes"), ("expiry-ignored", "seed.token-verified"),
            ("roles-ignored", "rest.foreign-read"), ("resume-repeats-one", "realtime.resume"),
            ("answer-history-action", "rest.history"), ("next-free-late", "rest.next-free"),
            ("filter-ignored", "rest.filters"), ("answer-tag-of-first-version", "rest.conditional-get"),
            ("schema-slots-shortened", "seed.read"), ("total-off-by-one", "rest.pages"),
            ("answer-walk-skips-one", "realtime.event-pages"), ("if-none-match-ignored", "rest.conditional-get"),
            ("answer-not-modified-after-change", "rest.conditional-get"), ("answer-booking-status", "seed.read"),
            ("answer-booking-version", "rest.versions"), ("signature-ignored", "seed.token-verified"),
            ("resume-skips-one", "realtime.resume"), ("cache-ignores-caller", "rest.foreign-lists"),
        ]
        let cards = try await SideBySide.map(mutants) { try await Self.judge(mutant: $0.name, $0.promise) }
        for (mutant, card) in zip(mutants, cards) {
            XCTAssertEqual(card.promises("broken"), [mutant.promise], "\(mutant.name): \(card.text)")
        }
    }

    func test_a_profile_maps_the_names_of_another_service() async throws {
        let folder = try TestServer.makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("profile.yaml").path
        try "name: renamed\nclaimed: [seed]\npaths: {upcoming: /bookings/ahead}\n".write(
            toFile: path, atomically: true, encoding: .utf8)
        let arguments = ["--profile", path, "--only", "seed.upcoming", "seed.create"]
        let card = try await Self.judge(peer: "peer", arguments)
        XCTAssertEqual(card.promises("broken"), ["seed.upcoming"], card.text)
        XCTAssertEqual(card.promises("held"), ["seed.create"], card.text)
    }

    func test_the_command_lines_of_the_guide_work_as_printed() async throws {
        let guide = try String(contentsOf: TestServer.root.appendingPathComponent("docs/conform.md"), encoding: .utf8)
        let block = try XCTUnwrap(guide.firstMatch(of: /```sh\n(?<code>(?s:.*?))```/)?.output.code)
        try await TestServer.withServer { server in
            let script = String(block).replacing("http://localhost:3000", with: server.address)
                .replacing("simulator ", with: TestServer.executable("simulator") + " ")
            let shell = try ChildProcess(
                "/bin/bash", ["-euo", "pipefail", "-c", script], environment: ["JWT_SECRET": Self.secret],
                in: server.folder)
            var lines: [String] = []
            for await line in shell.lines { lines.append(line) }
            XCTAssertEqual(shell.exitStatus(), 0, lines.joined(separator: "\n"))
            XCTAssertEqual(lines.count { $0.contains(" held, 0 broken, ") }, 3, lines.joined(separator: "\n"))
        }
    }

    func test_a_service_with_another_secret_is_not_judged() async throws {
        try await TestServer.withServer(["JWT_SECRET": "another secret, which is long enough as well"]) { server in
            let card = try await Self.judge(server.address, in: server.folder)
            XCTAssertEqual(card.status, 2, card.text)
            XCTAssertTrue(card.text.contains("refuses tokens"), card.text)
        }
    }

    func test_wrong_arguments_are_named() async throws {
        let folder = try TestServer.makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let profile = folder.appendingPathComponent("wrong.yaml")
        try "name: wrong\nstatuses: {teapot: 418}\n".write(to: profile, atomically: true, encoding: .utf8)
        for (address, arguments, status, reason): (String, [String], Int32, String) in [
            ("ftp://x", [], 64, "--target"), ("http://127.0.0.1:1", [], 2, "http://127.0.0.1:1"),
            ("http://127.0.0.1:1", ["--only", "rest.nothing"], 64, "rest.nothing"),
            ("http://127.0.0.1:1", ["--profile", profile.path], 64, "statuses: teapot"),
            ("http://127.0.0.1:1", ["--secret-env", "NO_SECRET"], 64, "NO_SECRET"),
        ] {
            let card = try await Self.judge(address, arguments, in: folder)
            XCTAssertEqual(card.status, status, card.text)
            XCTAssertTrue(card.text.contains(reason), card.text)
        }
    }
}
