import Foundation
import XCTest

@testable import SimulationKit

/// The README: its shell examples work as printed, and it names every variable.
final class ReadmeTests: XCTestCase {
    func test_the_shell_examples_work_as_printed() async throws {
        let readme = try String(contentsOf: TestServer.root.appendingPathComponent("README.md"), encoding: .utf8)
        let blocks = readme.matches(of: /```sh\n(?<code>(?s:.*?))```/).map { String($0.output.code) }
        XCTAssertEqual(blocks.count, 3)
        let server = try await TestServer.start(["APP_ENV": "development"], in: TestServer.makeFolder())
        let script = blocks.joined(separator: "\n").replacingOccurrences(
            of: "http://localhost:3000", with: server.address)
        let shell = try ChildProcess("/bin/bash", ["-euo", "pipefail", "-c", script], in: server.folder)
        var lines: [String] = []
        for await line in shell.lines { lines.append(line) }
        let output = lines.joined(separator: "\n")
        XCTAssertEqual(shell.exitStatus(), 0, output)
        XCTAssertTrue(output.contains("201 Created"), output)
        XCTAssertTrue(output.contains(#""total":1"#), output)
        XCTAssertTrue(output.contains(#""database":{"status":"up"}"#), output)
        try await server.stop()
    }

    func test_the_service_starts_with_the_example_of_its_variables_as_it_is() async throws {
        let folder = try TestServer.makeFolder()
        try FileManager.default.copyItem(
            at: TestServer.root.appendingPathComponent(".env.example"), to: folder.appendingPathComponent(".env"))
        // The environment has precedence: the port of the example may be in use here.
        let process = try ChildProcess(
            TestServer.executable("BookingsServer"), environment: ["PORT": "0"], in: folder)
        var log: [String] = []
        for await line in process.lines {
            log.append(line)
            if line.contains("Listening.") { break }
        }
        XCTAssertTrue(log.last?.contains("Listening.") ?? false, log.joined(separator: "\n"))
        XCTAssertEqual(process.stop(), 0)
    }

    func test_the_readme_and_the_example_name_every_variable() throws {
        let folder = TestServer.root.appendingPathComponent("Sources/BookingsRuntime/Configuration")
        let code = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .map { try String(contentsOf: $0, encoding: .utf8) }.joined()
        let names = Set(code.matches(of: /"([A-Z]+(?:_[A-Z]+)*)"/).map { String($0.output.1) }).subtracting(["NODE_ENV"]
        )
        XCTAssertGreaterThan(names.count, 15)
        for page in ["README.md", ".env.example"] {
            let text = try String(contentsOf: TestServer.root.appendingPathComponent(page), encoding: .utf8)
            for name in names.sorted() where !text.contains(name) { XCTFail("\(page) does not name \(name)") }
        }
    }
}
