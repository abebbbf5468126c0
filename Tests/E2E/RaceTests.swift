import Bookings
import BookingsRuntime
import XCTest

/// Two hundred clients at once.
final class RaceTests: XCTestCase {
    private let provider = "11111111-1111-4111-8111-111111111111"

    /// The statuses of all answers, counted.
    private func post(_ bodies: [String]) async throws -> [Int: Int] {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let token = try await server.token("admin", "admin")
        let (client, address) = (server.client, server.address)
        let answers = try await withThrowingTaskGroup(of: Int.self) { group in
            for body in bodies {
                group.addTask {
                    try await TestServer.send("POST", address + "/bookings", as: token, body: body, by: client).status
                }
            }
            return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        }
        try await server.stop()
        return answers
    }

    func test_of_two_hundred_overlapping_bookings_at_once_one_is_accepted_and_the_others_are_conflicts() async throws {
        let start = SystemClock().now() + .seconds(7200)
        let answers = try await post(
            (0..<200).map { TestServer.wish(provider, from: start + .seconds($0), lasting: .seconds(3600)) })
        XCTAssertEqual(answers, [201: 1, 409: 199])
    }

    func test_two_hundred_touching_bookings_at_once_are_all_accepted() async throws {
        let start = SystemClock().now() + .seconds(7200)
        let answers = try await post(
            (0..<200).map { TestServer.wish(provider, from: start + .seconds(60 * $0), lasting: .seconds(60)) })
        XCTAssertEqual(answers, [201: 200])
    }
}
