import TestSupport
import Testing

@testable import Bookings

struct KnownChangesTests {
    private let scope = BookingScope(provider: ProviderID(high: 0, low: 1), customer: subject("ann"))
    private let other = BookingScope(provider: ProviderID(high: 0, low: 2))

    /// The changes up to the head; those at `own` are the scope's as a customer, the others its as a provider.
    private func read(_ positions: ClosedRange<Int64>, own: Set<Int64> = []) -> LogChanges {
        let changes = positions.map {
            LogChanges.Change(
                position: LogPosition($0), provider: ProviderID(high: 0, low: own.contains($0) ? 9 : 1),
                customer: own.contains($0) ? subject("ann") : nil)
        }
        return LogChanges(head: LogPosition(positions.upperBound), changes: changes)
    }

    /// Everything is known after position 10, and a scope as of there.
    private func known() -> KnownChanges {
        var known = KnownChanges()
        known.add(LogChanges(head: LogPosition(10), changes: nil), after: .start)
        known.add(LogPosition(7), of: scope, after: LogPosition(10))
        known.add(LogPosition(8), of: other, after: LogPosition(10))
        return known
    }

    @Test func `a scope changes by its provider and by its customer`() {
        for own: Set<Int64> in [[], [11], [12], [11, 12]] {
            var known = known()
            known.add(read(11...12, own: own), after: LogPosition(10))
            #expect(known.lastChange(in: scope) == LogPosition(12))
            #expect(known.lastChange(in: other) == LogPosition(8))
            #expect(known.lastChange(in: .all) == LogPosition(12))
        }
    }

    @Test func `an owner of a change needs no look-up, and anybody else does`() {
        var known = KnownChanges()
        known.add(read(1...2), after: .start)
        #expect(known.lastChange(in: scope) == LogPosition(2))
        #expect(known.lastChange(in: other) == nil)
    }

    @Test func `a read that began earlier takes nothing back`() {
        var known = known()
        known.add(read(11...13), after: LogPosition(10))
        known.add(read(11...12), after: LogPosition(10))
        #expect(known.through == LogPosition(13))
        #expect(known.lastChange(in: scope) == LogPosition(13))
        known.add(read(11...14), after: LogPosition(10))
        #expect(known.lastChange(in: scope) == LogPosition(14))
    }

    @Test func `scopes are looked up again when it is not known whether they have changed`() {
        let table: [(String, LogChanges, LogPosition)] = [
            ("too much was written", LogChanges(head: LogPosition(999), changes: nil), LogPosition(10)),
            ("the log lost events", LogChanges(head: LogPosition(9), changes: []), LogPosition(10)),
            ("the read begins behind what is known", read(13...14), LogPosition(12)),
        ]
        for (reason, read, position) in table {
            var known = known()
            known.add(read, after: position)
            #expect(known.through == read.head, "\(reason)")
            #expect(known.lastChange(in: scope) == nil, "\(reason)")
            #expect(known.lastChange(in: other) == nil, "\(reason)")
        }
    }

    @Test func `a look-up that began before everything was forgotten counts for nothing`() {
        var known = known()
        known.add(LogChanges(head: LogPosition(999), changes: nil), after: LogPosition(10))
        known.add(LogPosition(11), of: scope, after: LogPosition(10))
        #expect(known.lastChange(in: scope) == nil)
        known.add(LogPosition(998), of: scope, after: LogPosition(999))
        #expect(known.lastChange(in: scope) == LogPosition(998))
    }

    @Test func `what is remembered is bounded`() {
        var known = KnownChanges()
        known.add(LogChanges(head: LogPosition(1), changes: nil), after: .start)
        for number in 2...10_100 {
            let position = LogPosition(Int64(number))
            let change = LogChanges.Change(
                position: position, provider: ProviderID(high: 1, low: UInt64(number)), customer: nil)
            known.add(LogChanges(head: position, changes: [change]), after: known.through)
        }
        #expect(known.start > LogPosition(10_000))
    }
}
