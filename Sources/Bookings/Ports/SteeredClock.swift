import Atomics

/// Tells the time that all replicas share: the store's.
public protocol ReferenceClock: Sendable {
    func referenceTime() async throws(StoreError) -> Timestamp
}

/// A clock that is steered by a reference: the local one, moved by the offset that was last measured.
///
/// A replica whose machine is wrong about the time decides, fires and stamps by the store's time all the same.
public final class SteeredClock: WallClock {
    private let local: any WallClock
    private let reference: any ReferenceClock
    private let offset = ManagedAtomic<Int64>(0)

    /// An offset that differs by less from the one in force is taken for jitter.
    private static let deadBand: Int64 = 10
    /// An answer that took longer tells nothing.
    private static let longestRoundTrip: Int64 = 1000

    public init(local: any WallClock, reference: any ReferenceClock) {
        self.local = local
        self.reference = reference
    }

    public func now() -> Timestamp {
        Timestamp(milliseconds: local.now().milliseconds + offset.load(ordering: .relaxed))
    }

    public func schedule(at instant: Timestamp, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction {
        local.schedule(
            at: Timestamp(milliseconds: instant.milliseconds - offset.load(ordering: .relaxed)), action)
    }

    /// Asks the reference, and gives the offset now in force. The reference is taken to have answered halfway through
    /// the round trip.
    @discardableResult
    public func measure() async throws(StoreError) -> Duration {
        let asked = local.now().milliseconds
        let told = try await reference.referenceTime().milliseconds
        let roundTrip = local.now().milliseconds - asked
        let measured = told - asked - roundTrip / 2
        let current = offset.load(ordering: .relaxed)
        if (0...Self.longestRoundTrip).contains(roundTrip), abs(measured - current) > max(Self.deadBand, roundTrip) {
            offset.store(measured, ordering: .relaxed)
        }
        return .milliseconds(offset.load(ordering: .relaxed))
    }
}
