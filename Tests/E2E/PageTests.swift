import Foundation
import XCTest

@testable import SimulationKit

/// The pages of the service in a headless Chromium.
final class PageTests: XCTestCase {
    /// Runs a script of `Tests/E2E/Clients` with the address of a server, and returns what it printed.
    private func browse(_ script: String, _ server: TestServer) async throws -> [String] {
        let python = TestServer.root.appendingPathComponent(".venv/bin/python3").path
        let path = TestServer.root.appendingPathComponent("Tests/E2E/Clients/\(script)").path
        let browser = try ChildProcess(
            "/usr/bin/timeout", ["-k", "5", "180", python, path, server.address], in: server.folder)
        var lines: [String] = []
        for await line in browser.lines { lines.append(line) }
        XCTAssertEqual(browser.exitStatus(), 0, lines.joined(separator: "\n"))
        return lines
    }

    func test_the_page_books_and_shows_the_event_and_the_reminder_without_an_error() async throws {
        let server = try await TestServer.start(
            ["APP_ENV": "development", "REMINDER_LEAD_MINUTES": "60,5", "BOOKING_INITIAL_STATUS": "pending"],
            in: TestServer.makeFolder())
        let lines = try await browse("page.py", server)
        XCTAssertEqual(
            lines,
            [
                "live", "booked", "confirmed", "reminded", "moved by keys", "moved by the mouse", "cancelled",
                "errors: []",
            ])
        try await server.stop()
    }

    func test_the_page_shows_webhooks_and_pauses_and_tests_them() async throws {
        let server = try await TestServer.start(["APP_ENV": "development"], in: TestServer.makeFolder())
        let lines = try await browse("webhooks_page.py", server)
        XCTAssertEqual(
            lines, ["shown", "delivered", "tested", "paused by keys", "behind", "resumed", "hidden", "errors: []"])
        try await server.stop()
    }

    func test_the_reference_renders_descriptions_and_tries_a_route() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let lines = try await browse("docs.py", server)
        XCTAssertEqual(lines, ["rendered", "issued", "tried: 201 Created", "errors: []"])
        try await server.stop()
    }
}
