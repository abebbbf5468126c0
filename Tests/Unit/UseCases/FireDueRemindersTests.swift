import TestSupport
import XCTest

@testable import Bookings

final class FireDueRemindersTests: XCTestCase {
    /// A queue whose due reminders another transaction has locked, so that they are skipped.
    private struct HeldQueue: ReminderQueue {
        let due: Timestamp?

        func fireDue(at now: Timestamp, limit: Int) async throws(StoreError) -> FiredReminders {
            .none
        }

        func nextDue() async throws(StoreError) -> Timestamp? { due }

        func rearm(
            after key: SortKey?, at now: Timestamp, leads: [Duration], limit: Int
        ) async throws(StoreError) -> RearmedReminders {
            RearmedReminders(bookings: 0, armed: 0, dropped: 0, last: nil)
        }
    }

    func test_reminders_that_are_due_but_held_are_looked_at_again_after_a_pause() async throws {
        let clock = ManualClock(TestApp.noon)
        let cases: [(due: Timestamp?, next: Timestamp?)] = [
            (nil, nil),
            (clock.now() + .seconds(1), clock.now() + .seconds(1)),
            (clock.now(), clock.now() + FireDueReminders.heldPause),
            (clock.now() - .seconds(60), clock.now() + FireDueReminders.heldPause),
        ]
        for (due, next) in cases {
            let fire = FireDueReminders(
                queue: HeldQueue(due: due), bus: InProcessEventBus(isConnected: true), metrics: ServiceMetrics())
            let found = try await fire.runOnce(clock)
            XCTAssertEqual(found, next)
        }
    }
}
