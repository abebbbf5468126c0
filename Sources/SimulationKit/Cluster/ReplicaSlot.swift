import Bookings

/// A replica of a cluster over all its lives; a restart begins a new life.
struct ReplicaSlot {
    /// `nil` while it is down.
    var replica: (any Replica)?
    var life = 0
    var isPaused = false
    var isHeld = false
    /// The crash point that is armed.
    var armed: CrashPoint?
    var skew: Int64
    /// The lives that a crash ended, and those that a SIGTERM did.
    var crashed: Set<Int> = []
    var ended: Set<Int> = []
    /// The counts of its earlier lives.
    var counted = ReplicaCounts()

    init(skew: Int64) {
        self.skew = skew
    }

    /// Resets the state of a life that is over.
    mutating func clear() {
        replica = nil
        isPaused = false
        isHeld = false
        armed = nil
    }
}
