import HTTPTypes
import HummingbirdCore
import XCTest

@testable import Bookings
@testable import BookingsHTTP

final class MiddlewareChainTests: XCTestCase {
    /// Appends its name to a response header on the way back.
    private struct Recording: Middleware {
        static let field = HTTPField.Name("X-Passed")!
        let name: String
        var rejects = false

        func respond(to context: inout RequestContext, next: Next) async throws -> Response {
            context.responseFields.append(HTTPField(name: Self.field, value: name))
            if rejects { throw BookingError.forbidden }
            var response = try await next(&context)
            response.headers.append(HTTPField(name: Self.field, value: name))
            return response
        }
    }

    private func context() -> RequestContext {
        let head = HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/bookings")
        return RequestContext(IncomingRequest(head: head), RequestTarget(path: "/bookings", match: .notFound))
    }

    func test_a_request_passes_in_the_listed_order_and_its_response_in_the_opposite_order() async throws {
        let chain = MiddlewareChain.compose {
            Recording(name: "a")
            Recording(name: "b")
            Recording(name: "c")
        }
        var context = context()
        let response = try await chain.respond(to: &context) { _ in Response(status: .ok) }
        XCTAssertEqual(context.responseFields[values: Recording.field], ["a", "b", "c"])
        XCTAssertEqual(response.headers[values: Recording.field], ["c", "b", "a"])
    }

    func test_a_step_that_rejects_a_request_ends_the_chain() async throws {
        let chain = MiddlewareChain.compose {
            Recording(name: "a")
            Recording(name: "b", rejects: true)
            Recording(name: "c")
        }
        var context = context()
        do {
            _ = try await chain.respond(to: &context) { _ in Response(status: .ok) }
            XCTFail("The request was not rejected.")
        } catch {
            guard case .forbidden? = error as? BookingError else { return XCTFail("\(error)") }
        }
        XCTAssertEqual(context.responseFields[values: Recording.field], ["a", "b"])
    }
}

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
