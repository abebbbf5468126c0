import DequeModule
import Synchronization

/// A bounded cache in this process. When it is full the oldest entries make room.
package final class InProcessCache: Cache {
    private struct Entry {
        let value: [UInt8]
        let until: Timestamp
    }

    private struct Entries {
        var byKey: [ByteString: Entry] = [:]
        var order: Deque<ByteString> = []
        var bytes = 0
    }

    private let entries = Mutex(Entries())
    private let capacityInBytes: Int

    package init(capacityInBytes: Int = 8 << 20) {
        self.capacityInBytes = capacityInBytes
    }

    package func value(for key: ByteString, at now: Timestamp) async -> [UInt8]? {
        entries.withLock { entries in
            guard let entry = entries.byKey[key], now < entry.until else { return nil }
            return entry.value
        }
    }

    package func keep(_ value: [UInt8], for key: ByteString, until instant: Timestamp) {
        entries.withLock { entries in
            if let old = entries.byKey.updateValue(Entry(value: value, until: instant), forKey: key) {
                entries.bytes -= old.value.count
            } else {
                entries.order.append(key)
            }
            entries.bytes += value.count
            while entries.bytes > capacityInBytes, let oldest = entries.order.popFirst() {
                entries.bytes -= entries.byKey.removeValue(forKey: oldest)?.value.count ?? 0
            }
        }
    }
}
