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
        LoadPlan(seed: seed, rate: rate, duration: .seconds(60), mix: mix, providers: 7, conflicts: conflicts)
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

    func test_no_slot_is_asked_for_twice_but_on_purpose() throws {
        let mix = try XCTUnwrap(LoadMix(argument: "create=1"))
        let creates = Array(plan(mix: mix, conflicts: 0.25))
        let honest = creates.filter { !$0.isConflict }.map { [$0.provider, $0.slot] }
        XCTAssertEqual(Set(honest).count, honest.count)
        XCTAssertFalse(honest.contains { $0[1] == 0 }, "the slot that was booked before")
        let share = Double(creates.count { $0.isConflict }) / Double(creates.count)
        XCTAssertEqual(share, 0.25, accuracy: 0.03)
        XCTAssertFalse(plan().contains { $0.isConflict })
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

    // MARK: - Objectives

    private func measures(_ milliseconds: ClosedRange<Int>, unsent: Int = 0) -> LoadMeasures {
        var measures = LoadMeasures()
        for length in milliseconds {
            measures.answer(arrival(.get), status: 200, latency: .milliseconds(length))
        }
        for _ in 0..<unsent { measures.leaveUnsent(.get) }
        return measures
    }

    private func arrival(_ kind: LoadKind, slot: Int = 1) -> LoadPlan.Arrival {
        LoadPlan.Arrival(due: .zero, kind: kind, provider: 0, slot: slot, pick: 0)
    }

    private func isMissed(_ text: String, _ measures: LoadMeasures) throws -> Bool {
        try XCTUnwrap(LoadObjective(argument: text), text).judge(measures).isMissed
    }

    func test_an_objective_is_judged_by_its_percentile() throws {
        let hundred = measures(1...100)
        for (text, missed) in [
            ("get.p50=50.1ms", false), ("get.p50=49ms", true), ("get.p99=0.1s", false), ("get.p99=98ms", true),
            ("get.p99.9=99ms", true), ("get.max=101ms", false), ("get.max=99000us", true), ("get.errors=0", false),
        ] {
            XCTAssertEqual(try isMissed(text, hundred), missed, text)
        }
    }

    func test_what_was_never_sent_is_slower_than_anything_that_was() throws {
        let measures = measures(1...98, unsent: 2)
        XCTAssertFalse(try isMissed("get.p98=99ms", measures))
        XCTAssertTrue(try isMissed("get.p99=1000s", measures))
        XCTAssertTrue(try isMissed("get.max=1000s", measures))
        XCTAssertFalse(try isMissed("get.errors=2%", measures))
        XCTAssertTrue(try isMissed("get.errors=0.01", measures))
    }

    func test_what_nothing_was_measured_of_is_missed() throws {
        XCTAssertTrue(try isMissed("create.p50=1s", measures(1...2)))
        XCTAssertTrue(try isMissed("frame.errors=1", measures(1...2)))
    }

    func test_a_conflict_on_purpose_must_be_refused_and_any_other_create_must_not() throws {
        var measures = LoadMeasures()
        measures.answer(arrival(.create, slot: 0), status: 409, latency: .zero)
        measures.answer(arrival(.create), status: 201, latency: .zero)
        XCTAssertFalse(try isMissed("create.errors=0", measures))
        measures.answer(arrival(.create, slot: 0), status: 201, latency: .zero)
        measures.answer(arrival(.create), status: 409, latency: .zero)
        XCTAssertEqual(measures.failed, 2)
        XCTAssertTrue(try isMissed("create.errors=49%", measures))
    }

    func test_an_objective_that_is_none_is_refused() {
        for text in [
            "", "get", "get.p99", "get.p99=", "get.p99=50", "get.p99=50m", "get.p0=1s", "get.p100=1s", "put.p99=1s",
            "get.errors=2", "get.errors=101%", "get.mean=1s", "get.p99=-1s",
        ] {
            XCTAssertNil(LoadObjective(argument: text), text)
        }
    }
}
