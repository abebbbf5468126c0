import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsSQLite
@testable import SimulationKit

final class ImportedPlanTests: XCTestCase {
    private let provider = ProviderID(high: 0, low: 1)

    /// A store with a booking from before the stretch, and one that is made, moved and cancelled in it.
    ///
    /// - Parameter start: The start of the booking from before the stretch, in seconds.
    private func export(from: Int, to: Int, start: Int = 90_000) async throws -> ExportFile {
        let store = try SQLiteStore.open(.memory, identifiers: CountingIdentifiers())
        try await store.migrate(to: nil)
        let old = aBooking(1, provider: provider, customer: subject("ann"), slot: slot(start, start + 3600))
        _ = try await store.write(creation(of: old))
        var new = aBooking(2, provider: provider, customer: subject("bob"), slot: slot(20_000, 20_090), at: at(1000))
        _ = try await store.write(creation(of: new))
        let changes: [(Booking, BookingAction, Int)] = [
            (new, .reschedule(to: slot(30_000, 33_600)), 2000), (old, .cancel, 3000),
        ]
        for (booking, action, instant) in changes {
            let write = try XCTUnwrap(try change(booking, action, at: at(instant)))
            _ = try await store.write(write)
            if booking.id == new.id { new = write.booking }
        }
        _ = try await store.fireDue(at: at(29_500), limit: 10)
        let export = ExportLog(
            source: store, store: store, plan: tenMinutes, initialStatus: .confirmed,
            hash: SubjectHash(key: try await store.sealingKey()))
        var lines: [String] = []
        try await export.run(from: at(from), to: at(to)) { lines.append($0) }
        return try ExportFile(lines.joined(separator: "\n"))
    }

    func test_the_changes_of_a_stretch_become_operations_in_the_order_of_the_log() async throws {
        let imported = ImportedPlan(try await export(from: 500, to: 40_000), name: "incident")
        let plan = imported.plan
        XCTAssertEqual(PlanValidation.problems(in: plan), [])
        XCTAssertEqual(plan.title, "incident")
        let begin = at(499).milliseconds
        XCTAssertEqual(plan.settings.begin, begin)
        let offset = { (instant: Int) in at(instant).milliseconds - begin }
        XCTAssertEqual(
            plan.operations.map(\.verb),
            [
                .create(booking: "b1", provider: 0, start: offset(90_000), minutes: 60, key: nil),
                .create(booking: "b2", provider: 0, start: offset(20_000), minutes: 1, key: nil),
                .act(booking: "b2", action: .reschedule, start: offset(30_000), minutes: 60, match: nil, key: nil),
                .act(booking: "b1", action: .cancel, start: nil, minutes: nil, match: nil, key: nil),
                .partition,
            ])
        XCTAssertEqual(plan.operations.map(\.caller).first, .customer(0))
        XCTAssertTrue(imported.losses.contains { $0.hasPrefix("1 slots") }, "\(imported.losses)")
        XCTAssertTrue(imported.losses.contains { $0.contains("late") }, "\(imported.losses)")
    }

    func test_a_plan_ends_a_day_after_the_stretch_however_late_its_bookings_start() async throws {
        for (start, end) in [(90_000, 90_000), (400 * 86_400, 40_000 + 86_400)] {
            let plan = ImportedPlan(try await export(from: 500, to: 40_000, start: start), name: "incident").plan
            XCTAssertEqual(plan.settings.begin + plan.settings.until, at(end + 60).milliseconds)
        }
    }

    func test_names_of_operations_are_the_request_ids_and_distinct() async throws {
        let names = ImportedPlan(try await export(from: 500, to: 40_000), name: "incident").plan.operations.map(\.name)
        XCTAssertEqual(names, ["before-1", "request-1", "request-1#2", "request-1#3", "look"])
    }

    func test_a_line_that_is_no_part_of_an_export_is_named() async throws {
        let head =
            #"{"export":1,"from":"2030-01-01T00:00:00Z","to":"2030-01-02T00:00:00Z","lead_minutes":[10],"initial_status":"confirmed"}"#
        XCTAssertNoThrow(try ExportFile(head))
        for (text, reason) in [
            ("", "line 1 "), ("{}", "line 1 "), (head + "\n{}", "line 2 "), (head + "\nx", "line 2 "),
        ] {
            XCTAssertThrowsError(try ExportFile(text)) { error in
                XCTAssertTrue("\(error)".hasPrefix(reason), "\(error)")
            }
        }
    }
}
