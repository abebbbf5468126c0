import Foundation
import XCTest

@testable import SimulationKit

/// The scripts have tests of their own, in Python.
final class ScriptTests: XCTestCase {
    func test_the_tests_of_the_scripts_pass() async throws {
        let python = TestServer.root.appendingPathComponent(".venv/bin/python3").path
        let tests = try ChildProcess(
            "/usr/bin/timeout", ["120", python, "-m", "unittest", "discover", "-v", "-s", "scripts/tests"],
            in: TestServer.root)
        var lines: [String] = []
        for await line in tests.lines { lines.append(line) }
        XCTAssertEqual(tests.exitStatus(), 0, lines.joined(separator: "\n"))
    }
}
