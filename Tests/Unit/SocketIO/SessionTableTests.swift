import XCTest

@testable import Bookings
@testable import BookingsSocketIO

final class SessionTableTests: XCTestCase {
    private let flooder = ClientNetwork("192.0.2.1")
    private let other = ClientNetwork("192.0.2.2")

    private func table(network: Int = 3, anonymous: Int = 5, all: Int = 8) -> SessionTable {
        SessionTable(.init(anonymousOfOneNetwork: network, anonymous: anonymous, all: all))
    }

    func test_a_flood_of_one_network_replaces_its_own_sessions() {
        var table = table()
        XCTAssertEqual(table.open(1, from: other), .accepted)
        for id in 10..<13 { XCTAssertEqual(table.open(id, from: flooder), .accepted) }
        for id in 13..<1000 { XCTAssertEqual(table.open(id, from: flooder), .replaces(id - 3)) }
        XCTAssertEqual(table.open(2, from: other), .accepted)
        XCTAssertEqual(table.standing(of: 1), .pending)
        XCTAssertEqual(table.count, 5)
    }

    func test_the_oldest_session_without_a_connect_is_replaced_first_and_then_the_oldest_without_a_token() {
        var table = table()
        for id in 1...3 { _ = table.open(id, from: flooder) }
        table.set(1, .anonymous)
        XCTAssertEqual(table.open(4, from: flooder), .replaces(2))
        table.set(3, .anonymous)
        table.set(4, .anonymous)
        XCTAssertEqual(table.open(5, from: flooder), .replaces(1))
        table.set(3, .pending)
        XCTAssertEqual(
            table.open(6, from: flooder), .replaces(5), "a session that becomes pending again is behind older ones")
    }

    func test_a_session_with_a_token_does_not_count_for_its_network_and_is_never_replaced() {
        var table = table()
        for id in 1...8 {
            XCTAssertEqual(table.open(id, from: flooder), .accepted)
            table.set(id, .authenticated)
        }
        XCTAssertEqual(table.open(9, from: flooder), .refused)
        table.close(3)
        XCTAssertEqual(table.open(10, from: flooder), .accepted)
        XCTAssertEqual(table.open(11, from: other), .replaces(10))
    }

    func test_several_networks_together_replace_the_oldest_session_of_all() {
        var table = table()
        for id in 1...3 { _ = table.open(id, from: flooder) }
        for id in 4...5 { _ = table.open(id, from: other) }
        XCTAssertEqual(table.open(6, from: ClientNetwork("192.0.2.3")), .replaces(1))
        XCTAssertEqual(table.open(7, from: ClientNetwork(nil)), .replaces(2))
    }

    func test_a_network_is_an_ipv4_address_or_64_bits_of_an_ipv6_address() {
        let table: [(String?, String?, isSame: Bool)] = [
            ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
            ("2001:db8::1", "2001:db8::ffff:2", true), ("2001:db8::1", "2001:db8:0:1::1", false),
            ("::ffff:192.0.2.1", "192.0.2.1", true), ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false),
            (nil, "not an address", true), (nil, "192.0.2.1", false),
        ]
        for (left, right, isSame) in table {
            XCTAssertEqual(ClientNetwork(left) == ClientNetwork(right), isSame, "\(left ?? "-") \(right ?? "-")")
        }
    }
}
