import XCTest

@testable import Bookings
@testable import BookingsPostgres

final class PostgresErrorTests: XCTestCase {
    func test_the_state_of_an_error_decides_what_is_done_about_it() {
        // State, whether the connection ends, whether the statement is sent again, what a health probe reports.
        let table: [(state: String, endsConnection: Bool, isRetryable: Bool, writeRefusalReason: String?)] = [
            ("", true, true, nil), ("08006", true, true, nil), ("57P01", true, true, nil), ("57P05", true, true, nil),
            ("25P03", true, true, nil), ("25006", true, true, "read-only"), ("26000", true, true, nil),
            ("42P05", true, true, nil), ("40001", false, true, nil), ("40P01", false, true, nil),
            ("23P01", false, true, nil), ("57014", false, false, nil), ("55P03", false, false, nil),
            ("42P01", false, false, nil), ("53100", false, false, "disk full"),
            ("53300", false, false, "out of resources"), ("58030", false, false, "input/output error"),
            ("23505", false, false, nil), ("XX000", false, false, nil),
        ]
        for row in table {
            let error = PostgresError(state: row.state, message: "m")
            XCTAssertEqual(error.endsConnection, row.endsConnection, row.state)
            XCTAssertEqual(error.isRetryable, row.isRetryable, row.state)
            XCTAssertEqual(error.writeRefusalReason, row.writeRefusalReason, row.state)
        }
    }

    func test_only_a_defect_is_reported_as_corrupt() {
        let passing = ["", "08006", "25006", "40001", "40P01", "53100", "53300", "57014", "57P01", "57P05", "58030"]
        for state in passing + ["42P01"] {
            guard case .unavailable = PostgresError(state: state, message: "m").storeError else {
                XCTFail(state)
                continue
            }
        }
        for state in ["22P02", "23505", "23514", "42601", "XX000"] {
            guard case .corrupt = PostgresError(state: state, message: "m").storeError else {
                XCTFail(state)
                continue
            }
        }
    }
}
