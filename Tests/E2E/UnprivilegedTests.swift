import AsyncHTTPClient
import Bookings
import Glibc
import TestSupport
import XCTest

@testable import SimulationKit

/// The service as containers run it: without any capability, so that nothing works because the tests are run by root.
final class UnprivilegedTests: XCTestCase {
    func test_a_server_without_capabilities_serves_and_uses_its_stores() async throws {
        let variables = [
            "PORT": "0", "APP_ENV": "test", "LOG_FORMAT": "json", "SHUTDOWN_DELAY_SECONDS": "0",
            "DATABASE_URL": try await EphemeralServices.freshDatabase(),
            "REDIS_URL": try await EphemeralServices.variables()["REDIS_URL"] ?? "",
        ]
        let command = [TestServer.executable("BookingsServer"), "serve"]
        let dropping = ["/usr/bin/setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
        let all = (geteuid() == 0 ? dropping : []) + command
        let process = try ChildProcess(
            all[0], Array(all.dropFirst()), environment: variables, in: TestServer.makeFolder())
        var address = ""
        var log: [String] = []
        for await line in process.lines {
            log.append(line)
            let entry = try? JSONValue.parse(Array(line.utf8))
            guard entry?["message"]?.string == "Listening." else { continue }
            address = "http://127.0.0.1:\(entry?["port"]?.string ?? "")"
            break
        }
        XCTAssertNotEqual(address, "", log.joined(separator: "\n"))
        // Redis is connected to beside the start.
        let areUp = try await eventually {
            let health = try await TestServer.send("GET", address + "/health", by: .shared)
            return ["database", "redis"].allSatisfy { health.json["info"]?[$0]?["status"]?.string == "up" }
        }
        XCTAssertTrue(areUp)
        XCTAssertEqual(process.stop(), 0)
    }
}
