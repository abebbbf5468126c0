import XCTest

@testable import Bookings
@testable import SimulationKit

final class CanaryTests: XCTestCase {
    func test_a_canary_says_whose_it_is() {
        XCTAssertEqual(
            Canary.serviceID(provider: 0x12, customer: 0xab).description, "ca9a71e5-0012-40ab-8000-000000000000")
        XCTAssertEqual(Canary.serviceID(provider: 0, customer: nil).description, "ca9a71e5-0000-4fff-8000-000000000000")
        for (provider, customer) in [(0, 0), (1, nil), (0xffff, 0xffe), (4660, 291)] as [(Int, Int?)] {
            let pairs = Canary.pairs(
                in: #"{"service_id":"\#(Canary.serviceID(provider: provider, customer: customer))"}"#)
            XCTAssertEqual(pairs.map(\.provider), [provider])
            XCTAssertEqual(pairs.map(\.customer), [customer])
        }
    }

    func test_all_canaries_of_a_text_are_found_in_their_order() {
        let text = "xca9a71e5-0001-4002-8000ca9a71e5-0003-4fff caca9a71e5-0004-4005"
        XCTAssertEqual(Canary.pairs(in: text).map(\.provider), [1, 3, 4])
        XCTAssertEqual(Canary.pairs(in: text).map(\.customer), [2, nil, 5])
    }

    func test_what_only_looks_like_a_canary_is_none() {
        for text in [
            "", "ca9a71e5", "ca9a71e5-", "ca9a71e5-0001-400", "ca9a71e5-0001-5002", "ca9a71e5-00g1-4002",
            "ca9a71e50001",
        ] {
            XCTAssertEqual(Canary.pairs(in: text).count, 0, text)
        }
    }
}
