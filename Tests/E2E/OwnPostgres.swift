import Foundation
import XCTest

@testable import SimulationKit

/// A PostgreSQL for one test, on a clock that the test sets.
struct OwnPostgres {
    let url: String
    private let folder: String

    static func start(clock: FakedClock, in folder: URL) async throws -> OwnPostgres {
        let script = TestServer.root.appendingPathComponent("scripts/services").path
        let process = try ChildProcess(
            script, ["start", "\(ProcessInfo.processInfo.processIdentifier)"],
            environment: ["POSTGRES_CLOCK": clock.file.path], in: TestServer.root)
        var values: [String: String] = [:]
        for await line in process.lines {
            guard let sign = line.firstIndex(of: "=") else { continue }
            values[String(line[..<sign])] = String(line[line.index(after: sign)...])
            if line.hasPrefix("REDIS_URL=") { break }
        }
        return OwnPostgres(url: try XCTUnwrap(values["DATABASE_URL"]), folder: try XCTUnwrap(values["FOLDER"]))
    }

    func stop() {
        let script = TestServer.root.appendingPathComponent("scripts/services").path
        _ = try? ChildProcess(script, ["stop", folder], in: TestServer.root).exitStatus()
    }
}
