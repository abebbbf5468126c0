import DequeModule
import Synchronization

/// A bounded cache in this process. When it is full, the entries that were added first are evicted.
package final class InProcessCache: Cache {
    private struct Entry {
        let value: [UInt8]
        let expiry: Timestamp
    }

    private struct Entries {
        var byKey: [ByteString: Entry] = [:]
        /// In the order in which they were added.
        var keys: Deque<ByteString> = []
        /// The size of all values.
        var byteCount = 0
    }

    private let entries = Mutex(Entries())
    private let capacity: Int

    /// Creates an empty cache.
    ///
    /// - Parameter capacity: the most bytes of all values together; 8 MiB by default.
    package init(capacity: Int = 8 << 20) {
        self.capacity = capacity
    }

    /// Returns the value under the key unless it has expired at `now` or was evicted.
    package func value(for key: ByteString, at now: Timestamp) async -> [UInt8]? { ownValue(for: key, at: now) }

    /// Returns the value under the key unless it has expired at `now` or was evicted.
    package func ownValue(for key: ByteString, at now: Timestamp) -> [UInt8]? {
        entries.withLock { entries in
            guard let entry = entries.byKey[key], now < entry.expiry else { return nil }
            return entry.value
        }
    }

    /// Keeps the value until the instant, or until it is evicted.
    package func keep(_ value: [UInt8], for key: ByteString, until instant: Timestamp) {
        entries.withLock { entries in
            if let old = entries.byKey.updateValue(Entry(value: value, expiry: instant), forKey: key) {
                entries.byteCount -= old.value.count
            } else {
                entries.keys.append(key)
            }
            entries.byteCount += value.count
            while entries.byteCount > capacity, let oldest = entries.keys.popFirst() {
                entries.byteCount -= entries.byKey.removeValue(forKey: oldest)?.value.count ?? 0
            }
        }
    }
}
