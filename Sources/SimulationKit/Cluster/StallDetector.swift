/// For how long nothing has moved, in real time in which somebody looked.
///
/// A look that comes late counts no more than one in time: what stood still then was this process, or the machine.
struct StallDetector {
    /// How long a look lasts at most.
    private static let longestLook = Duration.milliseconds(50)

    private var last: ContinuousClock.Instant
    private(set) var waited = Duration.zero

    init(at now: ContinuousClock.Instant = .now) {
        last = now
    }

    mutating func look(at now: ContinuousClock.Instant = .now, hasMoved: Bool) {
        waited = hasMoved ? .zero : waited + min(now - last, Self.longestLook)
        last = now
    }
}
