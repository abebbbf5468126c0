import Bookings

/// The place of a replica in a cluster, over all its lives.
struct ReplicaSlot {
    /// Nil while it is dead.
    var replica: (any Replica)?
    var life = 0
    var isPaused = false
    var isHeld = false
    /// The point at which it is to die.
    var armed: CrashPoint?
    var skew: Int64
    /// The lives that a crash ended, and those that a SIGTERM did.
    var crashed: Set<Int> = []
    var ended: Set<Int> = []
    /// What its earlier lives counted.
    var counted = ReplicaCounts()

    init(skew: Int64) {
        self.skew = skew
    }

    /// What was set for a life that is over.
    mutating func clear() {
        replica = nil
        isPaused = false
        isHeld = false
        armed = nil
    }
}
