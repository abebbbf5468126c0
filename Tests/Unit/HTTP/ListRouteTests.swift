import XCTest

@testable import Bookings

final class ListRouteTests: XCTestCase {
    private func appWithFiveBookings() async throws -> (TestApp, [String]) {
        let app = try await TestApp.open()
        var ids: [String] = []
        for hour in 1...5 { ids.append(try await app.book(from: Double(hour), to: Double(hour) + 1)) }
        return (app, ids)
    }

    func test_a_page_reports_its_position_and_links_to_other_pages() async throws {
        let (app, ids) = try await appWithFiveBookings()
        let page = try await app.send(.get, "/bookings/upcoming?page=2&limit=2", as: app.admin)
        XCTAssertEqual(page.ids, [ids[2], ids[3]])
        XCTAssertEqual(page.meta("total"), .number("5"))
        XCTAssertEqual(page.meta("total_pages"), .number("3"))
        XCTAssertEqual(page.meta("as_of"), .string("2030-05-01T12:00:00.000Z"))
        XCTAssertEqual(
            page.header("Link"),
            [("first", 1), ("prev", 1), ("next", 3), ("last", 3)]
                .map { "</bookings/upcoming?page=\($0.1)&limit=2>; rel=\"\($0.0)\"" }.joined(separator: ", "))
    }

    func test_pages_beyond_the_last_one_are_empty() async throws {
        let (app, _) = try await appWithFiveBookings()
        for number in ["4", "\(Int.max)"] {
            let page = try await app.send(.get, "/bookings/upcoming?page=\(number)&limit=100", as: app.admin)
            XCTAssertEqual(page.status, 200)
            XCTAssertEqual(page.ids, [])
            XCTAssertEqual(page.meta("total"), .number("5"))
            XCTAssertEqual(page.meta("next_cursor"), .null)
        }
    }

    func test_an_empty_list_has_no_pages() async throws {
        let app = try await TestApp.open()
        let page = try await app.send(.get, "/bookings/past", as: app.admin)
        XCTAssertEqual(page.meta("total_pages"), .number("0"))
        XCTAssertNil(page.header("Link"))
    }

    func test_cursors_return_every_row_once_as_of_the_first_page() async throws {
        let (app, ids) = try await appWithFiveBookings()
        var page = try await app.send(.get, "/bookings?limit=2&sort=-start_time", as: app.admin)
        var seen = page.ids
        while let cursor = page.meta("next_cursor")?.string {
            app.clock.advance(by: .seconds(10))
            page = try await app.send(
                .get, "/bookings?limit=2&sort=-start_time&cursor=\(cursor)", as: app.admin)
            XCTAssertEqual(page.status, 200)
            XCTAssertEqual(page.meta("as_of"), .string("2030-05-01T12:00:00.000Z"))
            XCTAssertNil(page.meta("total"))
            seen += page.ids
        }
        XCTAssertEqual(seen, ids.reversed())
    }

    func test_a_cursor_is_rejected_for_another_list_or_caller() async throws {
        let (app, _) = try await appWithFiveBookings()
        let page = try await app.send(.get, "/bookings?limit=2", as: app.admin)
        let cursor = page.meta("next_cursor")?.string ?? ""
        let others: [(String, String)] = [
            ("/bookings?sort=-start_time&cursor=\(cursor)", app.admin),
            ("/bookings?status=confirmed&cursor=\(cursor)", app.admin),
            ("/bookings/upcoming?cursor=\(cursor)", app.admin), ("/bookings?cursor=\(cursor)x", app.admin),
            ("/bookings?cursor=", app.admin), ("/bookings?cursor=\(cursor)", app.token("other", "admin")),
        ]
        for (path, token) in others {
            let answer = try await app.send(.get, path, as: token)
            XCTAssertEqual(answer.status, 400, path)
            XCTAssertEqual(answer.pointers, ["/query/cursor"], path)
        }
    }

    func test_a_booking_leaves_a_cached_list_at_the_instant_it_ends() async throws {
        let (app, ids) = try await appWithFiveBookings()
        app.clock.advance(by: .milliseconds(2 * 3_600_000 - 1))
        let token = app.admin
        let before = try await app.send(.get, "/bookings/upcoming", as: token)
        XCTAssertEqual(before.ids, ids)
        app.clock.advance(by: .milliseconds(1))
        let fresh = try await app.send(.get, "/bookings/upcoming", as: app.admin)
        XCTAssertEqual(fresh.ids, Array(ids.dropFirst()))
        let past = try await app.send(.get, "/bookings/past", as: app.admin)
        XCTAssertEqual(past.ids, [ids[0]])
    }

    func test_a_cached_page_is_not_used_for_an_earlier_instant() async throws {
        let (app, ids) = try await appWithFiveBookings()
        app.clock.advance(by: .seconds(7200))
        let token = app.admin
        _ = try await app.send(.get, "/bookings/upcoming", as: token)
        app.clock.advance(by: .milliseconds(-1))
        let earlier = try await app.send(.get, "/bookings/upcoming", as: token)
        XCTAssertEqual(earlier.ids, ids)
    }

    func test_an_acknowledged_write_is_in_the_next_page() async throws {
        let (app, ids) = try await appWithFiveBookings()
        let before = try await app.send(.get, "/bookings/upcoming", as: app.admin)
        XCTAssertEqual(before.ids.count, 5)
        _ = try await app.send(.post, "/bookings/\(ids[0])/cancel", as: app.admin)
        let after = try await app.send(.get, "/bookings/upcoming", as: app.admin)
        XCTAssertEqual(after.ids, Array(ids.dropFirst()))
    }

    func test_a_rendered_page_is_reused_for_750_milliseconds_by_the_same_caller() async throws {
        let (app, ids) = try await appWithFiveBookings()
        let first = try await app.send(.get, "/bookings/upcoming?limit=2", as: app.admin)
        app.clock.advance(by: .milliseconds(749))
        let second = try await app.send(.get, "/bookings/upcoming?limit=2", as: app.admin)
        XCTAssertEqual(second.body, first.body)
        XCTAssertEqual(second.header("Link"), first.header("Link"))
        for (token, count) in [
            (app.token("other", "admin"), 2), (app.token(TestApp.provider, "provider"), 2),
            (app.token(TestApp.otherProvider, "provider"), 0),
        ] {
            let other = try await app.send(.get, "/bookings/upcoming?limit=2", as: token)
            XCTAssertEqual(other.meta("as_of"), .string("2030-05-01T12:00:00.749Z"))
            XCTAssertEqual(other.ids.count, count)
        }
        app.clock.advance(by: .milliseconds(1))
        let later = try await app.send(.get, "/bookings/upcoming?limit=2", as: app.admin)
        XCTAssertEqual(later.meta("as_of"), .string("2030-05-01T12:00:00.750Z"))
        XCTAssertEqual(later.ids, Array(ids.prefix(2)))
        app.clock.advance(by: .milliseconds(-1))
        let stepped = try await app.send(.get, "/bookings/upcoming?limit=2", as: app.admin)
        XCTAssertEqual(stepped.meta("as_of"), .string("2030-05-01T12:00:00.749Z"))
    }

    func test_pages_are_not_reused_if_the_cache_is_disabled() async throws {
        let app = try await TestApp.open { $0.cacheTTL = .zero }
        _ = try await app.send(.get, "/bookings/upcoming", as: app.admin)
        app.clock.advance(by: .milliseconds(1))
        let page = try await app.send(.get, "/bookings/upcoming", as: app.admin)
        XCTAssertEqual(page.meta("as_of"), .string("2030-05-01T12:00:00.001Z"))
    }

    func test_filters_select_by_overlap_status_and_provider() async throws {
        let (app, ids) = try await appWithFiveBookings()
        _ = try await app.send(.post, "/bookings/\(ids[0])/cancel", as: app.admin)
        let overlapping = try await app.send(
            .get, "/bookings?from=\(TestApp.at(2))&to=\(TestApp.at(4))", as: app.admin)
        XCTAssertEqual(overlapping.ids, [ids[1], ids[2]])
        let offset = try await app.send(.get, "/bookings?from=2030-05-01T18:00:00+02:00", as: app.admin)
        XCTAssertEqual(offset.ids, [ids[3], ids[4]])
        let statuses = try await app.send(.get, "/bookings?status=cancelled&status=pending", as: app.admin)
        XCTAssertEqual(statuses.ids, [ids[0]])
        let foreign = try await app.send(
            .get, "/bookings?provider_id=\(TestApp.otherProvider)", as: app.token(TestApp.provider, "provider"))
        XCTAssertEqual(foreign.status, 200)
        XCTAssertEqual(foreign.ids, [])
    }

    func test_all_invalid_and_duplicate_parameters_are_reported_together() async throws {
        let app = try await TestApp.open()
        let answer = try await app.send(
            .get, "/bookings?limit=101&page=0&status=odd&sort=x&sort=y&from=today&provider_id=1&unknown=%zz&as_of=%ff",
            as: app.admin)
        XCTAssertEqual(answer.status, 400)
        XCTAssertEqual(
            answer.pointers,
            [
                "/query/as_of", "/query/from", "/query/limit", "/query/page", "/query/provider_id", "/query/sort",
                "/query/status",
            ])
    }
}
