import Bookings

extension PlanBuilder {
    /// The short plan of a sweep: each kind of write and of reminder once, on a replica that crashes during it.
    package mutating func errands() {
        let minute = Self.minute
        let elsewhere = 1 % replicas
        for index in 0..<4 {
            let at = Int64(index) * 3 * minute
            let start = at + 12 * minute
            let label = book(
                at: at, provider: index % settings.providers, start: start, minutes: 5, key: "make-\(index)",
                by: .customer(0), replica: 0, retryOn: elsewhere)
            switch index {
            case 1: act(at: at + minute, label, .cancel, key: "cancel", replica: 0, retryOn: elsewhere)
            case 2:
                act(
                    at: at + minute, label, .reschedule, start: start + 3 * minute, minutes: 5, key: "move",
                    replica: 0, retryOn: elsewhere)
            case 3: act(at: at + minute, label, .confirm, key: "repeat", replica: 0, retryOn: elsewhere)
            default: break
            }
            add(at: at + 2 * minute, .customer(0), .read(booking: label), replica: elsewhere)
        }
    }
}
