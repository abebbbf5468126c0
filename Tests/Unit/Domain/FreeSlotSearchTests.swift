import TestSupport
import XCTest

@testable import Bookings

final class FreeSlotSearchTests: XCTestCase {
    /// Performs the steps of a search in a calendar, which is sorted. Returns the result and the number of parts read.
    private func result(of wish: TimeSlot, in calendar: [TimeSlot]) -> (TimeSlot, parts: Int) {
        var search = FreeSlotSearch(from: wish)
        var parts = 0
        while true {
            switch search.next {
            case .found(let slot): return (slot, parts)
            case .readHeld(let start):
                parts += 1
                let first = calendar.firstIndex { $0.start >= start } ?? calendar.endIndex
                search.receive(Array(calendar[first...].prefix(FreeSlotSearch.partSize)))
            case .readLast: search.receiveLast(calendar.last)
            }
        }
    }

    func test_it_finds_the_slot_that_a_walk_through_the_calendar_finds() {
        var random = SeededRandom(seed: 1)
        for _ in 0..<20 {
            var end = 0
            let calendar = (0..<3000).map { _ in
                let start = end + (random.below(200) == 0 ? 1 + random.below(89) : 0)
                end = start + 60
                return slot(start, end)
            }
            for length in [1, 30, 80, 200] {
                let wish = slot(0, length)
                XCTAssertEqual(result(of: wish, in: calendar).0, wish.firstFree(among: calendar))
            }
        }
    }

    func test_it_reads_one_part_when_a_gap_is_near() {
        let calendar = (0..<3000).map { slot($0 * 100, $0 * 100 + 60) }
        let (found, parts) = result(of: slot(0, 40), in: calendar)
        XCTAssertEqual(found, slot(60, 100))
        XCTAssertEqual(parts, 1)
    }

    func test_it_ends_after_the_last_booking_when_the_calendar_is_too_long() {
        var search = FreeSlotSearch(from: slot(0, 60))
        var parts = 0
        while case .readHeld(let start) = search.next {
            search.receive(
                (0..<Int64(FreeSlotSearch.partSize)).map {
                    .stored(start: start + .seconds($0 * 60), end: start + .seconds($0 * 60 + 60))
                })
            parts += 1
        }
        XCTAssertEqual(parts, FreeSlotSearch.maximumParts)
        XCTAssertEqual(search.next, .readLast)
        search.receiveLast(slot(500_000_000, 500_000_060))
        XCTAssertEqual(search.next, .found(slot(500_000_060, 500_000_120)))
    }
}
