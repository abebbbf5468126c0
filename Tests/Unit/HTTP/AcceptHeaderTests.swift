import XCTest

@testable import Bookings
@testable import BookingsHTTP

final class AcceptHeaderTests: XCTestCase {
    func test_a_stream_is_preferred_by_quality_then_by_specificity() {
        let table: [([String], Bool)] = [
            ([], false), ([""], false), (["*/*"], false), (["text/event-stream"], true), (["TEXT/Event-Stream"], true),
            (["text/event-stream, */*"], true), (["*/*", "text/event-stream"], true), (["text/*"], true),
            (["text/event-stream;q=0.5, application/json"], false), (["text/event-stream;q=0"], false),
            (["text/event-stream;q=0, text/*"], false), (["text/*;q=0.5, application/json;q=0.4"], true),
            (["application/json, text/event-stream"], false), (["text/event-stream, application/json;q=0.9"], true),
            (["text/event-stream;q=0.5, */*;q=0.6"], false), (["text/event-stream;q=0.6, */*;q=0.5"], true),
            (["application/json;q=0, */*"], true), (["application/*;q=0.1, */*;q=0.2"], true),
            (["text/event-stream-x"], false), (["x/text/event-stream"], false), (["text/html, image/png"], false),
            (["text/event-stream; charset=utf-8"], true), (["text/event-stream;q=2"], false),
            (["text/event-stream;q=0.1234"], false), (["text/event-stream;Q=1.000 , application/json;q=0.999"], true),
            (["text/html;x=\"text/event-stream\""], false), (["text/html;x=\",text/event-stream,\""], false),
            (["*/event-stream"], false), (["text/event-stream,"], true), ([", ,text/event-stream"], true),
        ]
        for (values, isStream) in table {
            XCTAssertEqual(
                AcceptHeader(values).prefers("text/event-stream", to: "application/json"), isStream, "\(values)")
        }
    }

    func test_the_most_specific_range_determines_the_quality() {
        // RFC 9110, section 12.5.1, without the parameter `level`.
        let header = AcceptHeader(["text/*;q=0.3, text/plain;q=0.7, text/plain;format=fixed;q=0.4, */*;q=0.5"])
        XCTAssertEqual(header.quality(of: "text/html"), 300)
        XCTAssertEqual(header.quality(of: "image/jpeg"), 500)
        XCTAssertEqual(AcceptHeader(["text/html"]).quality(of: "text/plain"), 0)
        XCTAssertEqual(AcceptHeader([]).quality(of: "text/plain"), 1000)
    }
}
