import InMemoryTracing
import XCTest

@testable import Bookings
@testable import BookingsHTTP

final class RequestTracingTests: XCTestCase {
    private let tracer = InMemoryTracer()

    func test_a_request_is_a_span_with_its_route_and_the_calls_of_the_store_inside() async throws {
        let app = try await TestApp.open(tracer: tracer)
        tracer.clearFinishedSpans()
        let id = try await app.book()
        _ = try await app.send(.get, "/bookings/\(id)", as: app.admin)
        let spans = tracer.popFinishedSpans()
        let requests = spans.filter { $0.parentSpanID == nil }
        XCTAssertEqual(requests.map(\.operationName), ["POST /bookings", "GET /bookings/{id}"])
        for (request, call) in zip(requests, ["store write", "store booking"]) {
            let children = spans.filter { $0.parentSpanID == request.spanID }
            XCTAssertTrue(children.contains { $0.operationName == call }, "\(spans.map(\.operationName))")
            XCTAssertTrue(children.allSatisfy { $0.traceID == request.traceID })
        }
        XCTAssertEqual(requests.first?.attributes["http.response.status_code"]?.toSpanAttribute(), .int64(201))
        XCTAssertEqual(requests.last?.attributes["http.route"]?.toSpanAttribute(), .string("/bookings/{id}"))
        XCTAssertEqual(tracer.activeSpans.count, 0)
    }

    func test_spans_hold_no_path_and_no_subject() async throws {
        let app = try await TestApp.open(tracer: tracer)
        _ = try await app.send(.get, "/bookings/canary?canary=canary", as: app.token("canary", "admin"))
        for span in tracer.popFinishedSpans() {
            XCTAssertFalse(span.operationName.contains("canary"), span.operationName)
            span.attributes.forEach { name, value in XCTAssertFalse("\(name) \(value)".contains("canary"), "\(value)") }
        }
    }

    func test_an_event_keeps_the_trace_that_somebody_follows() async throws {
        let mine = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
        let plain = try await TestApp.open()
        _ = try await plain.book()
        let body = TestApp.body(provider: TestApp.provider, customer: nil, from: 3, to: 4)
        let answer = try await plain.send(.post, "/bookings", as: plain.admin, [("traceparent", mine)], body: body)
        XCTAssertEqual(answer.status, 201, answer.text)
        let kept = try await plain.log.tail(after: .start, limit: 9)?.events.map { $0.trace?.traceparent }
        XCTAssertEqual(kept, [nil, mine], "no tracer records a trace that begins here")

        let tracer = FieldTracer()
        let traced = try await TestApp.open(tracer: tracer)
        _ = try await traced.book()
        let event = try await traced.log.tail(after: .start, limit: 9)?.events.first
        let span = tracer.spans.finishedSpans.first { $0.operationName == "POST /bookings" }
        XCTAssertEqual(event?.trace?.traceIDText, span?.traceID)
        XCTAssertNotNil(event?.trace)
    }
}
