import TestSupport
import XCTest

@testable import Bookings
@testable import LoadTest
@testable import SimulationKit

/// What a load is going to do, and what is asked of it, before anything is sent.
final class LoadPlanTests: XCTestCase {
    private func plan(
        seed: UInt64 = 1, rate: Double = 200, mix: LoadMix = .usual, conflicts: Double = 0
    ) -> LoadPlan {
        LoadPlan(
            seed: seed, shape: LoadShape(rate: rate, duration: .seconds(60)), mix: mix, providers: 7,
            conflicts: conflicts)
    }

    // MARK: - The schedule

    func test_a_schedule_is_a_function_of_the_seed() {
        XCTAssertEqual(Array(plan()), Array(plan()))
        XCTAssertNotEqual(Array(plan()), Array(plan(seed: 2)))
    }

    func test_gaps_are_exponential_around_the_rate() {
        let arrivals = Array(plan())
        XCTAssertEqual(Double(arrivals.count), 12_000, accuracy: 500)
        let gaps = zip(arrivals, arrivals.dropFirst()).map { ($1.due - $0.due).inSeconds }
        XCTAssertTrue(gaps.allSatisfy { $0 >= 0 })
        // Of an exponential distribution the share e⁻¹ lies above the mean.
        let above = Double(gaps.count { $0 > 1 / 200 }) / Double(gaps.count)
        XCTAssertEqual(above, 0.368, accuracy: 0.02)
        XCTAssertTrue(arrivals.allSatisfy { $0.due < .seconds(60) })
    }

    func test_the_mix_is_kept_and_moves_no_instant() throws {
        let mix = try XCTUnwrap(LoadMix(argument: "create=1,list=1"))
        let arrivals = Array(plan(mix: mix))
        XCTAssertEqual(arrivals.count { $0.kind == .get }, 0)
        XCTAssertEqual(Double(arrivals.count { $0.kind == .create }), 6000, accuracy: 400)
        XCTAssertEqual(arrivals.map(\.due), plan().map(\.due))
    }

    func test_the_share_of_conflicts_is_that_of_the_plan() throws {
        let mix = try XCTUnwrap(LoadMix(argument: "create=1"))
        let creates = Array(plan(mix: mix, conflicts: 0.25))
        let share = Double(creates.count { $0.isConflict }) / Double(creates.count)
        XCTAssertEqual(share, 0.25, accuracy: 0.03)
        XCTAssertFalse(plan().contains { $0.isConflict })
    }

    func test_the_parts_of_a_plan_are_together_the_whole_plan() {
        let whole = Array(plan())
        let parts = (0..<4).flatMap { part in
            var plan = plan()
            plan.part = part
            plan.parts = 4
            return Array(plan)
        }
        XCTAssertEqual(parts.sorted { $0.due < $1.due }, whole)
    }

    func test_a_mix_may_have_every_kind() throws {
        let text = LoadKind.allCases.map { "\($0.rawValue)=1" }.joined(separator: ",")
        XCTAssertEqual(try XCTUnwrap(LoadMix(argument: text)).kinds, LoadKind.allCases)
        XCTAssertEqual(LoadMix.usual.description, "create=10,get=60,list=30")
    }

    func test_a_mix_that_is_none_is_refused() {
        for text in ["", "create", "create=x", "create=-1", "walk=1", "get=1,get=2", "create=0", "create=1,"] {
            XCTAssertNil(LoadMix(argument: text), text)
        }
        XCTAssertEqual(LoadMix(argument: "list=30,create=10,get=60"), .usual)
    }

    func test_a_target_is_an_address_alone() {
        XCTAssertEqual(Address(url: "https://bookings.example/")?.port, 443)
        XCTAssertEqual(Address(url: "http://127.0.0.1:3000")?.url, "http://127.0.0.1:3000")
        for text in ["", "127.0.0.1:3000", "ftp://host", "http://host/path", "http://host?x=1"] {
            XCTAssertNil(Address(url: text), text)
        }
    }
}
