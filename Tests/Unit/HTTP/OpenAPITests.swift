import SimulationKit
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsHTTP

/// The OpenAPI description, and the check of responses against it.
final class OpenAPITests: XCTestCase {
    func test_the_description_contains_exactly_the_routes_of_the_service() async throws {
        let app = try await TestApp.open()
        let served = Set(app.routes.filter { $0.template != "/" }.map { "\($0.method.rawValue) \($0.template)" })
        XCTAssertEqual(OpenAPIConformance.shared.operations, served)
    }

    func test_every_reference_in_the_description_resolves() throws {
        let document = try JSONValue.parse(DocumentController.openAPIDocument)
        let schema = JSONSchema(document: document)
        func references(_ value: JSONValue) -> [JSONValue] {
            switch value {
            case .object(let members):
                (value["$ref"] == nil ? [] : [value]) + members.flatMap { references($0.value) }
            case .array(let elements): elements.flatMap(references)
            default: []
            }
        }
        let all = references(document)
        XCTAssertGreaterThan(all.count, 100)
        for reference in all { XCTAssertNotEqual(schema.resolve(reference), .null, "\(reference)") }
    }

    func test_the_values_in_the_description_are_those_of_the_code() throws {
        let schemas = try XCTUnwrap(JSONValue.parse(DocumentController.openAPIDocument)["components"]?["schemas"])
        func values(_ schema: JSONValue?) -> [String] {
            guard case .array(let values)? = schema?["enum"] else { return [] }
            return values.compactMap(\.string)
        }
        XCTAssertEqual(values(schemas["BookingStatus"]), BookingStatus.allCases.map(\.rawValue))
        let history = schemas["HistoryEntry"]?["properties"]
        XCTAssertEqual(values(history?["action"]), ActionName.allCases.map(\.rawValue))
        let roles = history?["actor"]?["properties"]?["roles"]?["items"]
        XCTAssertEqual(values(roles), Role.allCases.map(\.rawValue))
        let events = schemas["EventPage"]?["properties"]?["data"]?["items"]?["properties"]
        XCTAssertEqual(values(events?["name"]), EventName.allCases.map(\.rawValue))
        XCTAssertEqual(
            values(schemas["Problem"]?["properties"]?["type"]), Problem.Slug.allCases.map { "/problems/\($0.rawValue)" }
        )
    }

    func test_the_description_and_its_html_page_are_served() async throws {
        let app = try await TestApp.open()
        let json = try await app.send(.get, "/openapi.json")
        XCTAssertEqual(json.text(at: "openapi"), "3.1.0")
        let page = try await app.send(.get, "/docs")
        XCTAssertEqual(page.status, 200)
        XCTAssertFalse(
            page.text.contains("http://") || page.text.contains("https://"), "The page loads assets from other origins."
        )
    }

    func test_the_conformance_check_finds_undescribed_responses() {
        func faults(
            _ method: String = "GET", _ path: String = "/health/live", status: Int = 200,
            _ headers: [(String, String)] = [
                ("Content-Type", "application/json"), ("X-Request-ID", "1"), ("Cache-Control", "no-store"),
            ], _ body: String = #"{"status":"ok"}"#
        ) -> [String] {
            OpenAPIConformance.shared.violations(
                .init(
                    method: method, path: path, requestBody: nil, status: status, headers: headers,
                    body: Array(body.utf8)))
        }
        XCTAssertEqual(faults(), [])
        XCTAssertFalse(faults(status: 500).isEmpty)
        XCTAssertFalse(faults("POST").isEmpty)
        XCTAssertFalse(faults("GET", "/nowhere").isEmpty)
        XCTAssertFalse(faults("GET", "/health/live", status: 200, [("Content-Type", "application/json")]).isEmpty)
        XCTAssertFalse(
            faults(
                "GET", "/health/live", status: 200,
                [("Content-Type", "text/plain"), ("X-Request-ID", "1"), ("Cache-Control", "no-store")]
            ).isEmpty)
        for body in [#"{"status":"fine"}"#, #"{"status":"ok","more":1}"#, "{}", "ok"] {
            let headers = [
                ("Content-Type", "application/json"), ("X-Request-ID", "1"), ("Cache-Control", "no-store"),
            ]
            XCTAssertFalse(faults("GET", "/health/live", status: 200, headers, body).isEmpty, body)
            XCTAssertFalse(faults("GET", "/health/live", status: 200, headers + [("X-Secret", "1")]).isEmpty)
        }
    }
}
