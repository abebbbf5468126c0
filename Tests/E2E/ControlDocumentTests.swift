import Bookings
import Foundation
import TestSupport
import XCTest

@testable import SimulationKit

/// The description of the control API of `simulator serve`, and its page.
final class ControlDocumentTests: ServeTestCase {
    private func document(_ cluster: ServedCluster) async throws -> JSONValue {
        try await control(cluster, "GET", "/openapi.json")
    }

    func test_the_document_has_the_routes_and_their_parameters_and_no_others() async throws {
        guard case .object(let paths)? = try await document(serve())["paths"] else { return XCTFail("no paths") }
        let described = paths.flatMap { path -> [String] in
            guard case .object(let operations) = path.value else { return [] }
            return operations.map { operation in
                let parameters = (operation.value["parameters"] ?? .null).elements
                    .filter { $0["in"]?.string == "query" }.compactMap { $0["name"]?.string }
                return "\(operation.name.uppercased()) \(path.name) \(parameters.sorted())"
            }
        }
        let routes = ControlAPI.routes.map { "\($0.method) \($0.path) \($0.parameters.sorted())" }
        XCTAssertEqual(described.sorted(), routes.sorted())
    }

    /// Each answer has the members that the document requires, and no others.
    func test_answers_have_the_members_of_the_document() async throws {
        let cluster = try await serve()
        try await book(cluster, at: Self.begin + .seconds(3600))
        let document = try await document(cluster)
        for (method, path, body) in [
            ("GET", "/clock", ""), ("POST", "/clock/advance", #"{"by":"1h"}"#), ("GET", "/faults", ""),
            ("POST", "/faults", #"{"name":"pause"}"#), ("POST", "/tokens", #"{"sub":"ann","roles":["customer"]}"#),
            ("GET", "/trace", ""), ("POST", "/reset", ""), ("POST", "/check", ""), ("GET", "/history", ""),
            ("GET", "/events", ""),
        ] {
            guard case .object(let members) = try await control(cluster, method, path, body) else {
                return XCTFail("\(path) is not answered with an object")
            }
            var schema =
                document["paths"]?[path]?[method.lowercased()]?["responses"]?["200"]?["content"]?["application/json"]?[
                    "schema"] ?? .null
            if let name = schema["$ref"]?.string?.split(separator: "/").last {
                schema = document["components"]?["schemas"]?[String(name)] ?? .null
            }
            let required = (schema["required"] ?? .null).elements.compactMap(\.string)
            XCTAssertEqual(members.map(\.name).sorted(), required.sorted(), "\(method) \(path)")
        }
    }

    func test_the_page_shows_the_clock_under_a_policy_that_lets_only_its_own_script_run() async throws {
        let api = ControlAPI(try await serve())
        let server = try await ControlServer.start(host: "127.0.0.1", port: 0) { await api.answer($0) }
        let url = "http://127.0.0.1:\(server.port)/"
        let page = await web.send("GET", url, token: nil)
        XCTAssertEqual(page.headers.first(name: "Content-Type"), "text/html; charset=utf-8")
        let policy = page.headers.first(name: "Content-Security-Policy") ?? ""
        XCTAssertTrue(policy.hasPrefix("default-src 'none'; script-src 'sha256-"), policy)
        XCTAssertFalse(policy.contains("unsafe"), policy)
        let browser = try ChildProcess(
            "/usr/bin/env",
            [
                "timeout", "-k", "5", "60", "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
                "--virtual-time-budget=5000", url,
            ], in: TestServer.makeFolder())
        var shown = ""
        for await line in browser.lines { shown += line }
        XCTAssertTrue(shown.contains(#"<output id="now">2030-03-29T06:00:00.000Z</output>"#), shown)
        XCTAssertTrue(shown.contains("<option title="), "no faults are listed")
        await server.stop()
    }
}
