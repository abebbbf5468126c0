import Bookings

// The scenario about the ways in which clients read events.

extension PlanBuilder {
    /// Clients of every transport read the events that they have missed, on any replica, while bookings are made and
    /// changed.
    mutating func transports(_ count: Int) {
        let callers: [Caller] = [.admin, .customer(0), .provider(0)]
        let listeners = callers.flatMap { caller in
            ListenerTransport.allCases.map { (name: "\(caller)-\($0.rawValue)", caller: caller, transport: $0) }
        }
        for listener in listeners { follow(at: 0, listener) }
        for index in 0..<count {
            let at = 1000 + Int64(index) * until / 2 / Int64(count)
            let start = at + instant(700_000..<2 * Self.hour)
            let label = book(at: at, provider: number(0..<2), start: start, minutes: number(5..<20))
            if chance(40) { act(at: at + 1, label, .cancel) }
            for listener in listeners where chance(30) { follow(at: at + 2, listener) }
        }
    }

    private mutating func follow(
        at instant: Int64, _ listener: (name: String, caller: Caller, transport: ListenerTransport)
    ) {
        add(at: instant, listener.caller, .follow(listener: listener.name, transport: listener.transport))
    }
}
