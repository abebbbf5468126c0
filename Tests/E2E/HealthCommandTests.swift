import Bookings
import XCTest

@testable import SimulationKit

/// `BookingsServer health`, the health check of a container.
final class HealthCommandTests: XCTestCase {
    private func health(port: String, _ more: [String: String] = [:]) throws -> Int32 {
        let variables = ["PORT": port, "JWT_SECRET": "short"].merging(more) { $1 }
        return try TestServer.launch(variables, ["health"], in: TestServer.makeFolder()).exitStatus()
    }

    func test_the_exit_status_tells_whether_the_server_is_ready() async throws {
        let server = try await TestServer.start(["HOST": "0.0.0.0"], in: TestServer.makeFolder())
        XCTAssertEqual(try health(port: server.port, ["HOST": "0.0.0.0"]), 0)
        try await server.stop()
        XCTAssertEqual(try health(port: server.port), 1)
    }

    func test_a_server_whose_migrations_are_pending_is_not_ready() async throws {
        let process = try TestServer.launch(["MIGRATE_ON_START": "off"], in: TestServer.makeFolder())
        var port: String?
        for await line in process.lines where port == nil {
            let entry = try? JSONValue.parse(Array(line.utf8))
            port = entry?["port"]?.string
            if port != nil { break }
        }
        XCTAssertEqual(try health(port: XCTUnwrap(port)), 1)
        XCTAssertEqual(process.stop(), 0)
    }

    func test_a_port_that_cannot_be_used_is_named() async throws {
        let process = try TestServer.launch(["PORT": "seventy"], ["health"], in: TestServer.makeFolder())
        var lines: [String] = []
        for await line in process.lines { lines.append(line) }
        XCTAssertEqual(process.exitStatus(), 1)
        XCTAssertTrue(lines.contains { $0.hasPrefix("PORT ") }, lines.joined(separator: "\n"))
    }
}
