import HTTPTypes
import XCTest

@testable import Bookings
@testable import BookingsHTTP

final class RouteTableTests: XCTestCase {
    private let table = RouteTable(
        [
            ("/bookings", .get), ("/bookings", .post), ("/bookings/upcoming", .get), ("/bookings/{id}", .get),
            ("/bookings/{id}/cancel", .post),
        ].map { template, method in Route(method, template) { _ in Response(status: .ok) } })

    /// The template with its parameter, or the allowed methods.
    private func match(_ method: HTTPRequest.Method, _ path: String) -> String {
        switch table.match(method, path) {
        case .route(let route, let parameter): parameter.isEmpty ? route.template : "\(route.template) \(parameter)"
        case .methodNotAllowed(_, let methods): methods.joined(separator: ", ")
        case .notFound: "not found"
        }
    }

    func test_a_path_is_matched_by_its_bytes_and_fixed_segments_take_precedence() {
        let cases: [(HTTPRequest.Method, String, String)] = [
            (.get, "/bookings", "/bookings"), (.head, "/bookings", "/bookings"),
            (.get, "/bookings/upcoming", "/bookings/upcoming"), (.get, "/bookings/7", "/bookings/{id} 7"),
            (.post, "/bookings/7/cancel", "/bookings/{id}/cancel 7"), (.get, "/bookings/", "not found"),
            (.get, "/bookings/7/8", "not found"), (.get, "/Bookings", "not found"), (.get, "", "not found"),
            (.delete, "/bookings", "GET, HEAD, POST"), (.get, "/bookings/7/cancel", "POST"),
            (.post, "/bookings/upcoming", "GET, HEAD"),
        ]
        for (method, path, expected) in cases { XCTAssertEqual(match(method, path), expected, "\(method) \(path)") }
    }
}
