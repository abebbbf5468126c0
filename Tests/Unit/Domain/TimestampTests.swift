import XCTest

@testable import Bookings

final class TimestampTests: XCTestCase {
    func test_timestamps_are_parsed_with_any_offset_and_written_in_utc() {
        let table = [
            ("2026-11-24T09:43:00Z", "2026-11-24T09:43:00.000Z"), ("2026-11-24t09:43:00z", "2026-11-24T09:43:00.000Z"),
            ("2026-11-24T09:43:00.1Z", "2026-11-24T09:43:00.100Z"),
            ("2026-11-24T09:43:00.9999999Z", "2026-11-24T09:43:00.999Z"),
            ("2026-11-24T01:00:00+02:30", "2026-11-23T22:30:00.000Z"),
            ("2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00.000Z"),
            ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"), ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
            ("2026-01-01T00:00:00-00:00", "2026-01-01T00:00:00.000Z"),
        ]
        for (text, written) in table { XCTAssertEqual(RFC3339.parse(text).map(RFC3339.string), written, text) }
    }

    func test_a_string_that_is_not_a_timestamp_is_refused() {
        let texts = [
            "", "2026-11-24", "2026-11-24T09:43:00", "2026-11-24 09:43:00Z", "2026-11-24T09:43Z",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-04-31T00:00:00Z",
            "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2016-12-31T23:59:60Z", "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "10000-01-01T00:00:00Z", "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+0100", "2026-01-01T00:00:00ZZ", " 2026-01-01T00:00:00Z",
            "2026-1-1T00:00:00Z", "٢٠٢٦-01-01T00:00:00Z",
        ]
        for text in texts { XCTAssertNil(RFC3339.parse(text), text) }
    }

    func test_http_dates_are_written_in_the_fixed_format() {
        for (text, written) in [
            ("1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("2026-11-25T09:16:05.999Z", "Wed, 25 Nov 2026 09:16:05 GMT"),
            ("2028-02-29T23:59:59Z", "Tue, 29 Feb 2028 23:59:59 GMT"),
        ] { XCTAssertEqual(RFC3339.parse(text).map(HTTPDate.string), written) }
    }

    func test_http_dates_are_read_in_each_of_the_three_forms() throws {
        let now = try XCTUnwrap(RFC3339.parse("2026-11-27T12:00:00Z"))
        for (text, instant) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"),
            ("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"),
            ("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"),
            ("Wed Nov 16 08:49:37 1994", "1994-11-16T08:49:37Z"),
            ("Tue, 29 Feb 2028 23:59:59 GMT", "2028-02-29T23:59:59Z"),
            ("Sat, 31 Dec 2016 23:59:60 GMT", "2017-01-01T00:00:00Z"),
            // Exactly 50 years ahead, and one more.
            ("Friday, 27-Nov-76 12:00:00 GMT", "2076-11-27T12:00:00Z"),
            ("Sunday, 27-Nov-77 12:00:00 GMT", "1977-11-27T12:00:00Z"),
            ("Thursday, 01-Jan-70 00:00:00 GMT", "2070-01-01T00:00:00Z"),
        ] { XCTAssertEqual(HTTPDate.parse(text, now: now), RFC3339.parse(instant), text) }
    }

    func test_a_string_that_is_not_an_http_date_is_refused() throws {
        let now = try XCTUnwrap(RFC3339.parse("2026-11-27T12:00:00Z"))
        for text in [
            "", "0", "soon", "2026-11-27T12:00:00Z", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT", "06 Nov 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 31 Apr 2027 08:49:37 GMT", "Sun, 29 Feb 2026 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nov 1969 08:49:37 GMT",
            "Sun,  06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT", "Sun, 06-Nov-94 08:49:37 GMT",
            "Sun Nov 6 08:49:37 1994", "Sun Nov  06 08:49:37 1994", "Sun Nov  6 08:49:37 94",
            "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, +6 Nov 1994 08:49:37 GMT", "Sun, ٠٦ Nov 1994 08:49:37 GMT",
        ] { XCTAssertNil(HTTPDate.parse(text, now: now), text) }
    }

    func test_every_http_date_is_read_as_it_was_written() {
        for day in stride(from: Int64(0), to: 400 * 365, by: 1) {
            let instant = Timestamp(milliseconds: (day * 86_400 + day % 86_400) * 1000)
            XCTAssertEqual(HTTPDate.parse(HTTPDate.string(instant), now: .earliest), instant)
        }
    }

    func test_every_day_of_four_centuries_is_parsed_as_it_was_written() {
        for day in stride(from: Int64(0), to: 400 * 365, by: 1) {
            let instant = Timestamp(milliseconds: day * 86_400_000 + 123 + day)
            XCTAssertEqual(RFC3339.parse(RFC3339.string(instant)), instant)
        }
    }
}
