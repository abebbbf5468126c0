import Testing

@testable import Bookings
@testable import SimulationKit

@Suite("Troubles") struct FaultWindowsTests {
    private let begin = Timestamp(milliseconds: 1_000_000)

    @Test func `it is calm five seconds after the last heal`() {
        var troubles = FaultWindows()
        let begun = ["a", "b", "a"].map { troubles.begin($0, at: begin) }
        #expect(begun == [true, true, false])
        troubles.heal("a", at: begin + .seconds(2))
        #expect(troubles.calm == nil && troubles.areOn)
        troubles.heal("b", at: begin + .seconds(3))
        #expect(troubles.calm == begin + .seconds(8))
        let calmed = [7, 8, 9].map { troubles.calmDown(at: begin + .seconds($0)) }
        #expect(calmed == [false, true, false] && !troubles.areOn)
        #expect(troubles.past.map(\.until) == [begin + .seconds(2), begin + .seconds(3)])
    }

    @Test func `what mends itself later is wrong until then`() {
        var troubles = FaultWindows()
        _ = troubles.begin("a clock jumps", at: begin)
        troubles.heal("a clock jumps", at: begin + .seconds(60))
        _ = troubles.begin("b", at: begin + .seconds(1))
        troubles.heal("b", at: begin + .seconds(2))
        #expect(troubles.calm == begin + .seconds(65))
    }
}
