import XCTest

@testable import Bookings

final class TraceContextTests: XCTestCase {
    private let valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    func test_a_valid_traceparent_is_taken_over_and_written_as_it_came() throws {
        let trace = try XCTUnwrap(TraceContext(traceparent: valid, tracestate: ["a=1", "b=2"]))
        XCTAssertEqual(trace.traceIDText, "0af7651916cd43dd8448eb211c80319c")
        XCTAssertEqual(trace.parentID, 0xb7ad_6b71_6920_3331)
        XCTAssertEqual(trace.flags, 1)
        XCTAssertEqual(trace.traceparent, valid)
        XCTAssertEqual(trace.state, "a=1,b=2")
    }

    func test_small_numbers_keep_their_zeros() throws {
        let text = "00-00000000000000000000000000000001-0000000000000002-00"
        XCTAssertEqual(TraceContext(traceparent: text)?.traceparent, text)
    }

    /// The cases of the W3C's validation of `traceparent` (section 3.2).
    func test_a_traceparent_that_is_not_valid_is_ignored() {
        for text in [
            "", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "0x-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
            "00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g",
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more", " " + valid, valid + " ",
        ] {
            XCTAssertNil(TraceContext(traceparent: text), text)
        }
    }

    func test_a_later_version_is_read_as_far_as_it_is_known() {
        let later = "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff-what-follows"
        XCTAssertEqual(
            TraceContext(traceparent: later)?.traceparent, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03")
    }

    func test_a_tracestate_that_is_too_long_or_not_printable_is_left_out() {
        for state in [[], [""], [String(repeating: "a", count: 513)], ["a=\u{7}"], ["a=ü"]] {
            XCTAssertNil(TraceContext(traceparent: valid, tracestate: state)?.state, "\(state)")
        }
    }

    func test_a_new_trace_is_valid_and_not_sampled() throws {
        let trace = TraceContext(newTrace: RandomBits(high: 1, low: 0))
        XCTAssertEqual(TraceContext(traceparent: trace.traceparent), trace)
        XCTAssertEqual(trace.flags & 1, 0)
    }
}
