import AsyncHTTPClient
import Bookings
import Foundation
import TestSupport
import XCTest

@testable import LoadTest
@testable import SimulationKit
@testable import Simulator

/// `simulator load` as its user meets it.
final class LoadCommandTests: XCTestCase {
    private func run(_ arguments: [String]) async throws -> Int32 {
        let command = try LoadCommand.parse(arguments)
        do {
            try await command.run()
            return 0
        } catch {
            return LoadCommand.exitCode(for: error).rawValue
        }
    }

    func test_a_target_has_TLS_and_a_path_and_any_certificate_is_accepted_only_if_asked_for() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let proxy = try await ReverseProxy.start(.secureNginx(prefix: "/api"), before: [server])
        let arguments = [
            "--target", proxy.secureAddress + "/api", "--rate", "30", "--duration", "1s", "--providers", "2",
            "--sockets", "2", "--streams", "2", "--pollers", "2", "--mix", "create=1,get=1",
        ]
        do {
            _ = try await LoadCommand.parse(arguments).measure { _ in }
            XCTFail("An unknown certificate was accepted.")
        } catch {
            XCTAssertEqual(LoadError.describe(error).hasPrefix("TLS failed"), true, LoadError.describe(error))
        }
        let result = try await LoadCommand.parse(arguments + ["--insecure"]).measure { _ in }
        XCTAssertEqual(result.errors, [], result.text)
        XCTAssertEqual(result.listenersOpened, 6)
        XCTAssertGreaterThan(result.measures.frames.sample.answered, 0)
        proxy.stop()
        try await server.stop()
    }

    func test_an_interrupted_load_serves_its_figures_and_reports_what_it_measured() async throws {
        let folder = try TestServer.makeFolder()
        let server = try await TestServer.start(in: folder)
        let users = folder.appendingPathComponent("users").path
        try "11111111-1111-4111-8111-111111111111\n22222222-2222-4222-8222-222222222222\n"
            .write(toFile: users, atomically: true, encoding: .utf8)
        let load = try ChildProcess(
            TestServer.executable("simulator"),
            [
                "load", "--target", server.address, "--users", users, "--stages", "20:1s,40:600s,spike:90:1s",
                "--metrics-port", "0", "--report", folder.path, "--mix", "list=1", "--allow-errors",
            ], in: folder)
        var (port, figures, lines) = ("", "", [String]())
        for await line in load.lines {
            lines.append(line)
            if line.hasPrefix("metrics on port ") { port = String(line.dropFirst("metrics on port ".count)) }
            guard line.hasPrefix("2s:") else { continue }
            figures = try await text(of: "http://127.0.0.1:\(port)/metrics")
            kill(load.pid, SIGINT)
        }
        let status = load.exitStatus()
        let output = lines.joined(separator: "\n")
        XCTAssertTrue(lines.contains("ended early: interrupted"), output)
        // A busy machine may saturate the load generator.
        XCTAssertTrue(status == 0 || output.contains("GENERATOR SATURATED"), output)
        let sent = try XCTUnwrap(figures.firstMatch(of: /load_requests_sent_total (\d+)/), figures)
        XCTAssertGreaterThan(try XCTUnwrap(Int(sent.1)), 0)
        let json = try JSONValue.parse(Array(Data(contentsOf: folder.appendingPathComponent("load.json"))))
        // The rates are those of the seconds that were measured, not of the 602 that were asked for.
        let seconds = try XCTUnwrap(json["seconds"]?.double)
        XCTAssertTrue((2..<300).contains(seconds), "\(seconds)")
        try await server.stop()
    }

    private func text(of url: String) async throws -> String {
        let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(20))
        return String(buffer: try await response.body.collect(upTo: 1 << 20))
    }

    func test_a_worse_result_than_an_earlier_one_exits_with_7_and_a_better_one_with_0() async throws {
        let stub = try await StubService(model: QueueModel(serviceTime: 1, servers: nil))
        let folder = try TestServer.makeFolder()
        let arguments = [
            "--target", stub.url, "--providers", "1", "--mix", "list=1", "--rate", "20", "--duration", "1s",
        ]
        for (median, status) in [(500_000, 7), (10_000_000, 0)] as [(Int, Int32)] {
            let path = folder.appendingPathComponent("\(median).json").path
            try #"{"rows":[{"name":"list","answered":9,"failed":0,"lost":0,"latency_us":{"p50":\#(median)}}]}"#
                .write(toFile: path, atomically: true, encoding: .utf8)
            let outcome = try await run(arguments + ["--compare", path, "--tolerance", "5%"])
            XCTAssertEqual(outcome, status, "\(median)")
        }
        try await stub.stop()
    }
}
