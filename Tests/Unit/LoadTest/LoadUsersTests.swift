import XCTest

@testable import Bookings
@testable import LoadTest
@testable import SimulationKit

/// The providers of a load test.
final class LoadUsersTests: XCTestCase {
    private let id = "11111111-1111-4111-8111-111111111111"

    private func users(_ file: String, startedAt milliseconds: Int64) throws -> LoadUsers {
        var settings = LoadSettings(
            target: try XCTUnwrap(LoadTarget(argument: "http://127.0.0.1:1")),
            startedAt: Timestamp(milliseconds: milliseconds))
        settings.users = try LoadUser.parse(file)
        settings.providerCount = 3
        return LoadUsers(settings)
    }

    private func states(_ users: LoadUsers) throws -> [LoadTest.ProviderState] {
        let target = try XCTUnwrap(LoadTarget(argument: "http://127.0.0.1:1"))
        var settings = LoadSettings(target: target, startedAt: .earliest)
        settings.secret = "a secret"
        return users.states(settings, clock: ManualClock(Timestamp(milliseconds: 1_000_000)))
    }

    func test_a_data_file_gives_the_providers_and_their_tokens() throws {
        let states = try states(users("\(id)\n22222222-2222-4222-8222-222222222222,a.b.c", startedAt: 0))
        XCTAssertEqual(states.map(\.id.description), [id, "22222222-2222-4222-8222-222222222222"])
        XCTAssertEqual(states[1].token, "a.b.c")
        XCTAssertEqual(states[0].token.split(separator: ".").count, 3)
    }

    /// The providers of a data file keep the bookings of the load before.
    func test_a_second_load_with_the_same_data_file_books_other_slots() throws {
        let (first, second) = (try users(id, startedAt: 0), try users(id, startedAt: 60_000))
        XCTAssertNotEqual(first.firstSlot, second.firstSlot)
        XCTAssertGreaterThan(first.firstSlot, Timestamp(milliseconds: 7 * 86_400_000))
        XCTAssertLessThan(max(first.firstSlot, second.firstSlot), .latest)
    }

    func test_drawn_providers_differ_with_the_instant_of_the_load_and_with_nothing_else() throws {
        let ids = { (instant: Int64) in try self.states(self.users("", startedAt: instant)).map(\.id) }
        XCTAssertEqual(try ids(0).count, 3)
        XCTAssertEqual(try ids(0), try ids(0))
        XCTAssertEqual(Set(try ids(0)).intersection(try ids(1)), [])
    }
}
