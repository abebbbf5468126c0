import Testing

@testable import Bookings
@testable import SimulationKit

@Suite("Fault windows") struct FaultWindowsTests {
    private let begin = Timestamp(milliseconds: 1_000_000)

    @Test func `the aftermath ends five seconds after the last window is closed`() {
        var windows = FaultWindows()
        let opened = ["a", "b", "a"].map { windows.open($0, at: begin) }
        #expect(opened == [true, true, false])
        windows.close("a", at: begin + .seconds(2))
        #expect(windows.end == nil && windows.areOn)
        windows.close("b", at: begin + .seconds(3))
        #expect(windows.end == begin + .seconds(8))
        let ended = [7, 8, 9].map { windows.endAftermath(at: begin + .seconds($0)) }
        #expect(ended == [false, true, false] && !windows.areOn)
        #expect(windows.closed.map(\.until) == [begin + .seconds(2), begin + .seconds(3)])
    }

    @Test func `a window that is not open is not closed`() {
        var windows = FaultWindows()
        windows.close("a", at: begin)
        #expect(windows.closed.isEmpty && !windows.areOn)
    }
}
