import XCTest

@testable import Bookings
@testable import BookingsSQLite

final class CreateBookingRouteTests: XCTestCase {
    func test_a_created_booking_is_returned_with_location_and_etag() async throws {
        let app = try await TestApp.open()
        let answer = try await app.send(.post, "/bookings", as: app.token("ann", "customer"), body: TestApp.body())
        XCTAssertEqual(answer.status, 201)
        XCTAssertEqual(answer.header("Location"), "/bookings/\(answer.text(at: "id"))")
        XCTAssertEqual(answer.header("ETag"), "\"1\"")
        XCTAssertEqual(answer.header("Cache-Control"), "private, no-cache")
        guard case .object(let members) = answer.json else { return XCTFail("The body is not an object.") }
        XCTAssertEqual(
            members.map(\.name).sorted(),
            [
                "created_at", "customer_id", "end_time", "id", "provider_id", "service_id", "start_time", "status",
                "updated_at", "version",
            ])
        XCTAssertEqual(answer.text(at: "start_time"), "2030-05-01T13:00:00.000Z")
        XCTAssertEqual(answer.text(at: "status"), "confirmed")
    }

    func test_timestamps_are_accepted_with_any_offset_and_truncated_to_milliseconds() async throws {
        let app = try await TestApp.open()
        let body = """
            {"provider_id":"\(TestApp.provider.uppercased())","service_id":"\(TestApp.service)",
            "start_time":"2030-05-01t18:30:00.1239+05:30","end_time":"2030-05-01T14:00:00z"}
            """
        let answer = try await app.send(.post, "/bookings", as: app.admin, body: body)
        XCTAssertEqual(answer.status, 201, answer.text)
        XCTAssertEqual(answer.text(at: "start_time"), "2030-05-01T13:00:00.123Z")
        XCTAssertEqual(answer.json["customer_id"], .null)
    }

    func test_all_errors_of_a_request_are_reported_together_with_pointers() async throws {
        let app = try await TestApp.open()
        let body = """
            {"provider_id":"x","service_id":7,"start_time":"2030-05-01T10:00:00Z","end_time":"2030-05-01T09:00:00Z",
            "customer_id":"a\\u0000","a/b~c":1,"service_id":8}
            """
        let key = ("Idempotency-Key", "")
        let answer = try await app.send(.post, "/bookings", as: app.admin, [key], body: body)
        XCTAssertEqual(answer.status, 400)
        XCTAssertEqual(
            answer.pointers,
            [
                "/a~1b~0c", "/customer_id", "/end_time", "/header/idempotency-key", "/provider_id", "/service_id",
                "/service_id", "/start_time",
            ])
        let broken = try await app.send(.post, "/bookings", as: app.admin, [key], body: "{")
        XCTAssertEqual(broken.pointers, ["", "/header/idempotency-key"])
    }

    func test_missing_members_and_invalid_timestamps_are_reported() async throws {
        let app = try await TestApp.open()
        let empty = try await app.send(.post, "/bookings", as: app.admin, body: "{}")
        XCTAssertEqual(empty.pointers, ["/end_time", "/provider_id", "/service_id", "/start_time"])
        for time in ["2030-05-01T13:00:00", "2030-12-31T23:59:60Z", "2030-02-30T10:00:00Z", "1969-12-31T23:00:00Z", ""]
        {
            let body = TestApp.body().replacing(TestApp.at(1), with: time)
            let answer = try await app.send(.post, "/bookings", as: app.admin, body: body)
            XCTAssertEqual(answer.status, 400, time)
            XCTAssertEqual(answer.pointers, ["/start_time"], time)
        }
    }

    func test_a_body_that_is_not_an_object_has_one_error_without_a_pointer() async throws {
        let app = try await TestApp.open()
        for body in ["[]", "null", "1", "\"x\""] {
            let answer = try await app.send(.post, "/bookings", as: app.admin, body: body)
            XCTAssertEqual(answer.status, 400, body)
            XCTAssertEqual(answer.pointers, [""], body)
        }
    }

    func test_a_booking_lasts_at_most_24_hours() async throws {
        let app = try await TestApp.open()
        let day = try await app.send(.post, "/bookings", as: app.admin, body: TestApp.body(from: 1, to: 25))
        XCTAssertEqual(day.status, 201)
        let longer = try await app.send(.post, "/bookings", as: app.admin, body: TestApp.body(from: 30, to: 54.001))
        XCTAssertEqual(longer.pointers, ["/end_time"])
    }

    func test_a_conflict_reports_the_blocking_and_the_next_free_slot_but_not_the_other_booking() async throws {
        let app = try await TestApp.open()
        let held = try await app.book(customer: "secret-customer", from: 1, to: 2)
        _ = try await app.book(from: 2, to: 3)
        let answer = try await app.send(
            .post, "/bookings", as: app.token("ann", "customer"), body: TestApp.body(from: 1.5, to: 2.5))
        XCTAssertEqual(answer.status, 409)
        XCTAssertEqual(answer.slug, "slot-taken")
        XCTAssertEqual(answer.json["blocking"]?["start_time"]?.string, "2030-05-01T13:00:00.000Z")
        XCTAssertEqual(answer.json["next_free"]?["start_time"]?.string, "2030-05-01T15:00:00.000Z")
        XCTAssertEqual(answer.json["next_free"]?["end_time"]?.string, "2030-05-01T16:00:00.000Z")
        XCTAssertFalse(answer.text.contains(held))
        XCTAssertFalse(answer.text.contains("secret"))
        let touching = try await app.send(.post, "/bookings", as: app.admin, body: TestApp.body(from: 3, to: 4))
        XCTAssertEqual(touching.status, 201)
    }

    func test_a_conflict_at_the_end_of_the_year_9999_reports_no_free_slot() async throws {
        let app = try await TestApp.open()
        let body = TestApp.body().replacing(TestApp.at(1), with: "9999-12-31T23:00:00Z")
            .replacing(TestApp.at(2), with: "9999-12-31T23:59:59.999Z")
        let first = try await app.send(.post, "/bookings", as: app.admin, body: body)
        XCTAssertEqual(first.status, 201)
        let second = try await app.send(.post, "/bookings", as: app.admin, body: body)
        XCTAssertEqual(second.status, 409)
        XCTAssertEqual(second.slug, "slot-taken")
        XCTAssertNil(second.json["next_free"], "No timestamp exists after the year 9999.")
    }
}
