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
            ["conform", "--target", address, "--json", "card.json"]
                + (arguments.contains("--lead") ? [] : ["--lead", "3s"]) + arguments,
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
            XCTAssertEqual(
                card.promises("not testable here"), ["rest.idempotency-day", "guarantees.across-replicas"], card.text)
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

    /// The addresses of a served instance.
    private struct Served: Sendable {
        var targets: [String] = []
        var control = ""
    }

    /// Runs the body with a served instance whose clock begins now, and gives it the variables of its tokens.
    private static func withServed<Value>(
        _ arguments: [String], _ body: (Served, [String: String], URL) async throws -> Value
    ) async throws -> Value {
        let folder = try TestServer.makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let begin = RFC3339.string(Timestamp(milliseconds: Int64(Date().timeIntervalSince1970) * 1000))
        let process = try ChildProcess(
            "/usr/bin/timeout",
            [
                "120", TestServer.executable("simulator"), "serve", "--port", "0", "--control", "127.0.0.1:0", "--at",
                begin,
            ] + arguments, in: folder)
        defer { _ = process.stop() }
        let variables = [
            "JWT_SECRET": String(decoding: ReplicaSetup.secret, as: UTF8.self), "JWT_AUDIENCE": ReplicaSetup.audience,
        ]
        var served = Served()
        for await line in process.lines {
            guard let address = line.split(separator: " ").last.map(String.init) else { continue }
            if line.hasPrefix("serves ") { served.targets.append(address) }
            guard line.hasPrefix("control ") else { continue }
            served.control = address
            return try await body(served, variables, folder)
        }
        throw TestServer.NotStarted(description: arguments.joined(separator: " "))
    }

    /// Judges a served instance with a mutant by one promise.
    ///
    /// - Parameter movesClock: Whether the clock stands until it is moved, or runs.
    private static func judge(mutant name: String, _ promise: String, movesClock: Bool = false) async throws -> Card {
        try await withServed(["--mutant", name, "--speed", movesClock ? "0" : "1"]) { served, variables, folder in
            let control = movesClock ? ["--control", served.control, "--lead", "10m"] : []
            return try await judge(
                served.targets[0], control + ["--only", promise], environment: variables, in: folder)
        }
    }

    func test_every_promise_holds_on_replicas_whose_clock_is_moved() async throws {
        try await Self.withServed(["--replicas", "2"]) { served, variables, folder in
            let arguments = ["--target", served.targets[1], "--control", served.control]
            let card = try await Self.judge(
                served.targets[0], arguments + ["--lead", "10m", "--profile", "full"], environment: variables,
                in: folder)
            XCTAssertEqual(card.status, 0, card.text)
            XCTAssertEqual(card.promises("broken"), [], card.text)
            XCTAssertEqual(card.promises("not testable here"), [], card.text)
        }
    }

    func test_bugs_of_reminders_and_of_a_day_are_found_by_a_clock_that_is_moved() async throws {
        let mutants: [(name: String, promise: String)] = [
            ("reminder-45s-late", "guarantees.reminder-on-time"),
            ("reminder-second-early", "guarantees.reminder-on-time"),
            ("reminder-twice", "guarantees.reminder-on-time"),
            ("reminder-after-cancel", "guarantees.reminder-cancelled"),
            ("key-replayed-after-a-day", "rest.idempotency-day"),
        ]
        let cards = try await SideBySide.map(mutants) {
            try await Self.judge(mutant: $0.name, $0.promise, movesClock: true)
        }
        for (mutant, card) in zip(mutants, cards) {
            XCTAssertEqual(card.promises("broken"), [mutant.promise], "\(mutant.name): \(card.text)")
        }
    }

    func test_a_clock_that_runs_is_not_moved() async throws {
        try await Self.withServed(["--speed", "60"]) { served, variables, folder in
            let card = try await Self.judge(
                served.targets[0], ["--control", served.control], environment: variables, in: folder)
            XCTAssertEqual(card.status, 2, card.text)
            XCTAssertTrue(card.text.contains("moves by itself: serve it with --speed 0"), card.text)
        }
    }

    func test_all_bookings_of_a_run_belong_to_its_tenant() async throws {
        let tenant = "7f3a3d0e-6c1b-4c7e-9d53-0b0f1f2e3d4c"
        try await TestServer.withServer(["REMINDER_LEAD_MINUTES": "0.05"]) { server in
            let card = try await Self.judge(
                server.address, ["--tenant", tenant.uppercased(), "--profile", "full"], in: server.folder)
            XCTAssertEqual(card.promises("broken"), [], card.text)
            XCTAssertGreaterThan(card.promises("held").count, 40, card.text)
            for promise in ["rest.pages", "realtime.rooms", "guarantees.reminder-on-time"] {
                XCTAssertTrue(card.text.contains("not testable here  \(promise): --tenant"), card.text)
            }
            let admin = try await server.token("admin", "admin")
            let all = try await server.send("GET", "/bookings?limit=1", as: admin)
            let own = try await server.send("GET", "/bookings?limit=1&provider_id=\(tenant)", as: admin)
            XCTAssertEqual(all.json.value("meta.total"), own.json.value("meta.total"))
            XCTAssertNotEqual(own.json.value("meta.total"), .number("0"))
        }
    }

    func test_two_services_are_no_replicas_of_one() async throws {
        try await TestServer.withServer { first in
            try await TestServer.withServer { second in
                let promise = "guarantees.across-replicas"
                let card = try await Self.judge(
                    first.address, ["--target", second.address, "--only", promise], in: first.folder)
                XCTAssertEqual(card.promises("broken"), [promise], card.text)
            }
        }
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
            ("answer-poll-repeats-one", "realtime.polling"),
            ("answer-poll-skips-one", "realtime.polling"), ("resume-skips-one", "realtime.resume"),
            ("cache-ignores-caller", "rest.foreign-lists"),
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
            XCTAssertEqual(lines.count { $0.contains(" held, 0 broken, ") }, 5, lines.joined(separator: "\n"))
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
            ("http://127.0.0.1:1", ["--tenant", "somebody"], 64, "--tenant"),
            ("http://127.0.0.1:1", ["--control", "ftp://x"], 64, "--control"),
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

extension JSONValue {
    /// The value at a dotted path of member names.
    fileprivate func value(_ path: String) -> JSONValue? {
        path.split(separator: ".").reduce(self as JSONValue?) { $0?[String($1)] }
    }
}
