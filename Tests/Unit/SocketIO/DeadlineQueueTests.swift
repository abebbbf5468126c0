import XCTest

@testable import Bookings
@testable import BookingsSocketIO

final class DeadlineQueueTests: XCTestCase {
    func test_owners_are_due_at_their_last_deadline() {
        var queue = DeadlineQueue<String, Int>()
        queue.set("a", at: 10)
        queue.set("b", at: 20)
        XCTAssertEqual(queue.next, 10)
        queue.set("a", at: 30)
        XCTAssertEqual(queue.next, 10, "postponed without a change of the heap")
        XCTAssertEqual(queue.popDue(at: 10), [])
        XCTAssertEqual(queue.next, 20)
        queue.set("a", at: 15)
        XCTAssertEqual(queue.next, 15)
        XCTAssertEqual(queue.popDue(at: 19), ["a"])
        queue.remove("b")
        XCTAssertEqual(queue.popDue(at: 100), [])
        XCTAssertNil(queue.next)
    }

    func test_postponing_a_deadline_adds_no_entry() {
        var queue = DeadlineQueue<Int, Int>()
        for packet in 0..<100_000 { queue.set(1, at: 25_000 + packet) }
        XCTAssertEqual(queue.heap.count, 1)
    }

    func test_removed_owners_leave_no_entries() {
        var queue = DeadlineQueue<Int, Int>()
        for owner in 0..<100_000 {
            queue.set(owner, at: 1_000_000)
            queue.set(owner, at: 500_000)
            queue.remove(owner)
        }
        XCTAssertLessThanOrEqual(queue.heap.count, 70)
    }

    func test_it_agrees_with_a_sorted_list_on_random_deadlines() {
        var generator = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: 0..<(.max), using: &generator)
        var random = Seeded(state: seed)
        var queue = DeadlineQueue<Int, Int>()
        var model: [Int: Int] = [:]
        for now in 0..<2000 {
            let owner = Int.random(in: 0..<20, using: &random)
            if Bool.random(using: &random) {
                let instant = now + Int.random(in: 1..<50, using: &random)
                queue.set(owner, at: instant)
                model[owner] = instant
            } else {
                queue.remove(owner)
                model[owner] = nil
            }
            let expected = model.filter { $0.value <= now }.map(\.key).sorted()
            XCTAssertEqual(queue.popDue(at: now).sorted(), expected, "seed \(seed)")
            for owner in expected { model[owner] = nil }
        }
    }

    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var value = state
            value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
            value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
            return value ^ (value >> 31)
        }
    }
}
