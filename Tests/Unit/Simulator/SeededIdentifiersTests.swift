import XCTest

@testable import Bookings
@testable import SimulationKit

final class SeededIdentifiersTests: XCTestCase {
    func test_seeded_identifiers_depend_on_seed_purpose_and_key_alone() {
        let one = SeededIdentifiers(seed: 1)
        XCTAssertEqual(
            one.bits(for: .bookingID, key: "r1"), SeededIdentifiers(seed: 1).bits(for: .bookingID, key: "r1"))
        let all = [
            one.bits(for: .bookingID, key: "r2"), one.bits(for: .socket, key: "r1"),
            SeededIdentifiers(seed: 2).bits(for: .bookingID, key: "r1"),
        ]
        XCTAssertFalse(all.contains(one.bits(for: .bookingID, key: "r1")))
    }
}
