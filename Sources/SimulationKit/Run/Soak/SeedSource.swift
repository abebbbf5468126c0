import Synchronization

/// Hands out seeds to concurrent jobs, one after the other.
package final class SeedSource: Sendable {
    private let state: Mutex<(next: UInt64, left: Int)>

    package init(first: UInt64, maximum: Int?) {
        state = Mutex((first, maximum ?? .max))
    }

    package func next() -> UInt64? {
        state.withLock { state in
            guard state.left > 0 else { return nil }
            defer {
                state.next += 1
                state.left -= 1
            }
            return state.next
        }
    }
}
