import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

final class ReminderLedgerCheckerTests: XCTestCase {
    private func row(_ event: String, _ outcome: String = "fired", at now: Int? = 3000) -> History.LedgerRow {
        History.LedgerRow(event: event, booking: aBooking().id, outcome: outcome, recordedAt: now.map { at($0) })
    }

    /// Returns the violated invariants of a history with one reminder, `1/1/600`, and this ledger.
    private func violations(_ ledger: [History.LedgerRow]?) -> Set<String> {
        HistoryBuilder.withOneBooking.violations(after: { $0.history.ledger = ledger })
    }

    func test_a_ledger_that_equals_what_listeners_received_is_accepted() {
        XCTAssertEqual(violations([row("1/1/600")]), [])
        XCTAssertEqual(violations([row("1/1/600"), row("2/1/600", "waiting", at: nil), row("3/1/600", "missed")]), [])
    }

    func test_a_service_without_a_ledger_is_accepted() {
        XCTAssertEqual(violations(nil), [])
    }

    func test_a_ledger_that_differs_from_what_listeners_received_is_reported() {
        let ledgers: [[History.LedgerRow]] = [
            [], [row("1/1/600", "missed")], [row("1/1/600", "waiting", at: nil)], [row("1/1/600", "late")],
            [row("1/1/600"), row("1/1/600")], [row("1/1/600"), row("2/1/600", at: 2000)],
        ]
        for ledger in ledgers { XCTAssertEqual(violations(ledger), ["reminder-ledger"], "\(ledger)") }
    }

    func test_a_reminder_that_was_recorded_after_the_log_was_read_is_not_judged() {
        XCTAssertEqual(violations([row("1/1/600"), row("2/1/600", at: 3001)]), [])
    }
}
