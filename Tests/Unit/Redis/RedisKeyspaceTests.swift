import XCTest

@testable import Bookings
@testable import BookingsRedis

final class RedisKeyspaceTests: XCTestCase {
    private func keyspace(_ identity: UInt8) -> RedisKeyspace {
        let keyspace = RedisKeyspace()
        keyspace.configure(identity: [identity])
        return keyspace
    }

    func test_a_value_counts_only_under_its_own_key_of_its_own_deployment() {
        let keyspace = keyspace(1)
        let signed = keyspace.sign([7, 8], key: "a")
        XCTAssertEqual(keyspace.verify(signed, key: "a"), [7, 8])
        XCTAssertNil(keyspace.verify(signed, key: "b"))
        XCTAssertNil(self.keyspace(2).verify(signed, key: "a"))
    }

    func test_a_value_that_was_changed_or_cut_does_not_count() {
        let keyspace = keyspace(1)
        let signed = keyspace.sign([7, 8], key: "a")
        for index in signed.indices {
            var changed = signed
            changed[index] ^= 1
            XCTAssertNil(keyspace.verify(changed, key: "a"))
        }
        for length in signed.indices { XCTAssertNil(keyspace.verify(Array(signed.prefix(length)), key: "a")) }
    }

    func test_only_an_announcement_of_this_deployment_and_database_is_decoded() {
        let codec = AnnouncementCodec(keyspace: keyspace(1), database: 0)
        let message = codec.encode(LogPosition(7))
        XCTAssertEqual(codec.decode(message), LogPosition(7))
        XCTAssertNil(AnnouncementCodec(keyspace: keyspace(1), database: 1).decode(message))
        XCTAssertNil(AnnouncementCodec(keyspace: keyspace(2), database: 0).decode(message))
        for string in ["7", "9223372036854775806", "", String(repeating: "x", count: 24)] {
            XCTAssertNil(codec.decode(Array(string.utf8)))
        }
    }
}
