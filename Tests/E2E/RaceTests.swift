import Bookings
import BookingsRuntime
import XCTest

/// Two hundred simultaneous clients.
final class RaceTests: XCTestCase {
    private let provider = "11111111-1111-4111-8111-111111111111"

    /// Posts all bodies at the same time. Returns the number of responses by status.
    private func post(_ bodies: [String]) async throws -> [Int: Int] {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let token = try await server.token("admin", "admin")
        let (client, address) = (server.client, server.address)
        let responses = try await withThrowingTaskGroup(of: Int.self) { group in
            for body in bodies {
                group.addTask {
                    try await TestServer.send("POST", address + "/bookings", as: token, body: body, by: client).status
                }
            }
            return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        }
        try await server.stop()
        return responses
    }

    func test_of_two_hundred_simultaneous_overlapping_bookings_one_is_created_and_the_others_conflict() async throws {
        let start = SystemClock().now() + .seconds(7200)
        let responses = try await post(
            (0..<200).map { TestServer.bookingBody(provider, from: start + .seconds($0), lasting: .seconds(3600)) })
        XCTAssertEqual(responses, [201: 1, 409: 199])
    }

    func test_two_hundred_simultaneous_adjacent_bookings_are_all_created() async throws {
        let start = SystemClock().now() + .seconds(7200)
        let responses = try await post(
            (0..<200).map { TestServer.bookingBody(provider, from: start + .seconds(60 * $0), lasting: .seconds(60)) })
        XCTAssertEqual(responses, [201: 200])
    }
}
