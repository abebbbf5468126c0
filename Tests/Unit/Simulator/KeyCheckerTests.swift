import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

/// The checker of published keys on histories made by hand. The first key is withdrawn at 100, when the second one is
/// published.
final class KeyCheckerTests: XCTestCase {
    private func history(
        key: String = "first", at now: Int, status: Int, readings: [(at: Int, life: Int)] = [],
        faults: [(name: String, from: Int, until: Int)] = []
    ) -> History {
        var history = History()
        history.keys.publications = [
            .init(at: at(0), keys: ["first"]), .init(at: at(100), keys: ["second"]),
        ]
        history.keys.readings = readings.map { .init(at: at($0.at), replica: 0, life: $0.life) }
        history.keys.uses = [.init(request: "r", at: at(now), replica: 0, key: key, status: status)]
        history.faultPeriods = faults.map { .init(name: $0.name, from: at($0.from), until: at($0.until)) }
        return history
    }

    private func found(_ history: History) -> Int { Checker.keys.check(history).violations.count }

    func test_a_withdrawn_key_opens_nothing_after_ten_minutes() {
        XCTAssertEqual(found(history(at: 50, status: 200)), 0)
        XCTAssertEqual(found(history(at: 700, status: 200)), 0)
        XCTAssertEqual(found(history(at: 701, status: 200)), 1)
        XCTAssertEqual(found(history(at: 701, status: 401)), 0)
    }

    func test_a_published_key_opens_after_ten_seconds() {
        XCTAssertEqual(found(history(key: "second", at: 109, status: 401)), 0)
        XCTAssertEqual(found(history(key: "second", at: 110, status: 200)), 0)
        XCTAssertEqual(found(history(key: "second", at: 110, status: 401)), 1)
        XCTAssertEqual(found(history(key: "second", at: 110, status: 503)), 1)
    }

    func test_a_key_that_was_never_published_opens_nothing() {
        XCTAssertEqual(found(history(key: "third", at: 200, status: 401)), 0)
        XCTAssertEqual(found(history(key: "third", at: 200, status: 200)), 1)
        XCTAssertEqual(found(history(key: "second", at: 99, status: 200)), 1)
    }

    func test_an_outage_of_the_key_server_excuses_until_ten_seconds_after_its_end() {
        let outage = [(name: Fault.keyServerWindow, from: 500, until: 900)]
        XCTAssertEqual(found(history(at: 910, status: 200, faults: outage)), 0)
        XCTAssertEqual(found(history(at: 911, status: 200, faults: outage)), 1)
        XCTAssertEqual(found(history(key: "second", at: 910, status: 401, faults: outage)), 0)
        XCTAssertEqual(found(history(key: "second", at: 911, status: 401, faults: outage)), 1)
        let earlier = [(name: Fault.keyServerWindow, from: 50, until: 99)]
        XCTAssertEqual(found(history(at: 701, status: 200, faults: earlier)), 1)
        let other = [(name: "the database is slow", from: 500, until: 900)]
        XCTAssertEqual(found(history(at: 701, status: 200, faults: other)), 1)
    }

    func test_a_replica_reads_the_key_server_at_most_once_in_ten_seconds() {
        XCTAssertEqual(found(history(at: 0, status: 200, readings: [(0, 1), (10, 1), (600, 1)])), 0)
        XCTAssertEqual(found(history(at: 0, status: 200, readings: [(0, 1), (9, 1)])), 1)
        XCTAssertEqual(found(history(at: 0, status: 200, readings: [(0, 1), (9, 2)])), 0)
    }
}
