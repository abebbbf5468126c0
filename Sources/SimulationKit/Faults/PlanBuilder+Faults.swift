import Bookings

extension PlanBuilder {
    /// Adds the fault at a drawn instant, and its repair some seconds later.
    mutating func inject(_ fault: Fault) {
        let drawn = instant(until / 10..<max(until * 9 / 10, until / 10 + 1))
        let needsReminder = fault.needs.contains(.dueReminder)
        inject(fault, at: needsReminder ? nextLook(after: drawn) ?? drawn : drawn)
    }

    mutating func inject(_ fault: Fault, at instant: Int64) {
        let replica = replica()
        let end = instant + Int64(number(1..<60)) * 1000
        fault.draw(fault, &self, Fault.Draft(replica: replica, begin: instant, end: end))
    }

    /// Adds the faults within seconds of each other, crashes last, and writes on bookings of every status around them: what
    /// is rare is a crash during another fault.
    mutating func injectTogether(_ faults: [Fault]) {
        let drawn = instant(until / 10..<max(until * 9 / 10, until / 10 + 1))
        let needsReminder = faults.contains { $0.needs.contains(.dueReminder) }
        let last = needsReminder ? nextLook(after: drawn) ?? drawn : drawn
        for fault in faults {
            let isLast = fault.isCrash || fault.needs.contains(.dueReminder)
            inject(fault, at: isLast ? last : max(0, last - Int64(number(1..<5000))))
        }
        addWritesOfEveryKind(around: last)
    }

    /// Adds bookings that end in every way, some before the instant and some in the seconds after it.
    private mutating func addWritesOfEveryKind(around instant: Int64) {
        for replica in 0..<replicas {
            for action in [ActionName.confirm, .decline, .cancel, .reschedule, .complete, .noShow] where chance(60) {
                let label = book(
                    at: max(0, instant - 9000), provider: calmProvider(), start: instant - 8000, minutes: number(1..<9))
                let start = action == .reschedule ? instant + Int64(number(1..<60)) * Self.minute : nil
                let minutes = action == .reschedule ? 1 : nil
                for offset in [-6000, Int64(number(0..<9000))] where chance(70) {
                    act(
                        at: max(0, instant + offset), label, action, start: start, minutes: minutes, key: name("key"),
                        replica: replica)
                }
            }
        }
    }

    mutating func begin(_ fault: Fault, on target: FaultTarget, amount: Int64? = nil, at instant: Int64) {
        add(fault.beginning(on: target, amount: amount), at: instant)
    }

    mutating func heal(_ fault: Fault, on target: FaultTarget, at instant: Int64) {
        add(fault.healing(on: target), at: instant)
    }

    /// Adds the fault's beginning and its repair.
    mutating func addBoth(_ fault: Fault, on target: FaultTarget, amount: Int64? = nil, _ draft: Fault.Draft) {
        begin(fault, on: target, amount: amount, at: draft.begin)
        heal(fault, on: target, at: draft.end)
    }

    /// Adds a write and a list right after the instant, for a fault that takes effect at the next of either.
    mutating func addTraffic(after instant: Int64) {
        _ = book(at: instant + 1, provider: calmProvider(), start: instant + Self.hour, minutes: 5)
        add(at: instant + 2, .admin, .list("/bookings/upcoming?limit=10"))
    }

    /// Adds more events within a second than may wait for a client.
    mutating func addFlood(after instant: Int64) {
        for number in 1...Int64(200) {
            _ = book(
                at: instant + number, provider: calmProvider(), start: instant + Self.hour * (24 + number), minutes: 5)
        }
    }

    /// A provider whose slots are not raced for; `nil` if there is none.
    private mutating func calmProvider() -> Int? {
        let calm = (0..<settings.providers).filter { !settings.racyProviders.contains($0) }
        return calm.isEmpty ? nil : pick(calm)
    }
}
