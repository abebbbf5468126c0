import XCTest

@testable import Bookings
@testable import SimulationKit

final class CanaryTests: XCTestCase {
    func test_a_canary_encodes_its_owners() {
        XCTAssertEqual(
            Canary.serviceID(provider: 0x12, customer: 0xab).description, "ca9a71e5-0012-40ab-8000-000000000000")
        XCTAssertEqual(Canary.serviceID(provider: 0, customer: nil).description, "ca9a71e5-0000-4fff-8000-000000000000")
        for (provider, customer) in [(0, 0), (1, nil), (0xffff, 0xffe), (4660, 291), (0xabc_1234, 5)] as [(Int, Int?)] {
            let owners = Canary.owners(
                in: #"{"service_id":"\#(Canary.serviceID(provider: provider, customer: customer))"}"#)
            XCTAssertEqual(owners.map(\.provider), [provider])
            XCTAssertEqual(owners.map(\.customer), [customer])
        }
    }

    func test_all_canaries_are_found_in_their_order() {
        let json = "xca9a71e5-0001-4002-8000ca9a71e5-0003-4fff caca9a71e5-0004-4005"
        XCTAssertEqual(Canary.owners(in: json).map(\.provider), [1, 3, 4])
        XCTAssertEqual(Canary.owners(in: json).map(\.customer), [2, nil, 5])
    }

    func test_similar_strings_are_not_canaries() {
        for json in [
            "", "ca9a71e5", "ca9a71e5-", "ca9a71e5-0001-400", "ca9a71e5-0001-5002", "ca9a71e5-00g1-4002",
            "ca9a71e50001",
        ] {
            XCTAssertEqual(Canary.owners(in: json).count, 0, json)
        }
    }
}
