import XCTest

@testable import Bookings
@testable import BookingsPostgres

final class PostgresRowsTests: XCTestCase {
    func test_a_column_is_read_by_its_type() throws {
        let row = postgresRows(
            [
                [
                    [255, 255, 255, 255, 255, 255, 255, 244], nil, [1], [0, 255], [255, 254], [0, 0, 1, 0], [1, 2, 3],
                    Array(1...16),
                ]
            ])[0]
        XCTAssertEqual(try row.integer(0), -12)
        XCTAssertEqual(try row.integer(4), -2)
        XCTAssertEqual(try row.integer(5), 256)
        XCTAssertNil(try row.optionalInteger(1))
        XCTAssertTrue(row.flag(2))
        XCTAssertFalse(row.flag(1))
        XCTAssertEqual(try row.bytes(3), [0, 255])
        let id: BookingID = try row.identifier(7)
        XCTAssertEqual(id.description, "01020304-0506-0708-090a-0b0c0d0e0f10")
        for column in [1, 2, 6, 7] { XCTAssertThrowsError(try row.integer(column), "column \(column)") }
        XCTAssertThrowsError(try row.text(1))
        XCTAssertThrowsError(try row.identifier(0) as BookingID)
        XCTAssertEqual([UInt8]([0, 255]).hexadecimal, "\\x00ff")
    }
}
