import XCTest

@testable import Bookings

final class SubjectHashTests: XCTestCase {
    private let subject = Subject("maria@example.org")!

    func test_a_subject_has_the_same_hash_wherever_the_key_is_the_same() {
        let key = [UInt8](repeating: 1, count: 32)
        let hash = SubjectHash(key: key)(subject)
        XCTAssertEqual(hash, SubjectHash(key: key)(subject))
        XCTAssertNotNil(hash.wholeMatch(of: /[0-9a-f]{32}/), hash)
    }

    func test_another_subject_or_another_key_gives_another_hash() {
        let hash = SubjectHash(key: [UInt8](repeating: 1, count: 32))
        XCTAssertNotEqual(hash(subject), hash(Subject("maria@example.com")!))
        XCTAssertNotEqual(hash(subject), SubjectHash(key: [UInt8](repeating: 2, count: 32))(subject))
    }
}
