/// Measures for how long nothing has changed, in real time.
///
/// The time between two observations counts at most `maximumInterval`: when observations come late, it was this process
/// or the machine that stood still.
struct StallDetector {
    private static let maximumInterval = Duration.milliseconds(50)

    private var last: ContinuousClock.Instant
    /// How long nothing has changed.
    private(set) var waited = Duration.zero

    init(at now: ContinuousClock.Instant = .now) {
        last = now
    }

    mutating func observe(at now: ContinuousClock.Instant = .now, hasChanged: Bool) {
        waited = hasChanged ? .zero : waited + min(now - last, Self.maximumInterval)
        last = now
    }
}
