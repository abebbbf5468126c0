import Bookings
import Glibc
import Synchronization

/// Random bits from the operating system's generator.
///
/// Ids are drawn some at a time: a call of the system costs more than all else that is done for an id. Secrets are
/// drawn by themselves, so that they lie nowhere but where they are used.
package struct SystemIdentifiers: IdentifierSource {
    private let supply = Supply()

    package init() {}

    package func bits(for purpose: RandomPurpose, key: String) -> RandomBits {
        switch purpose {
        case .bookingID, .requestID, .jitter: return supply.take()
        case .transportSession, .socket, .recovery, .secret:
            var generator = SystemRandomNumberGenerator()
            return RandomBits(high: generator.next(), low: generator.next())
        }
    }
}

private final class Supply: Sendable {
    /// 256 bytes: as much as comes whole in one call.
    private static let size = 32
    private let words = Mutex<[UInt64]>([])

    func take() -> RandomBits {
        words.withLock { words in
            if words.isEmpty { words = Self.draw() }
            return RandomBits(high: words.removeLast(), low: words.removeLast())
        }
    }

    private static func draw() -> [UInt64] {
        [UInt64](unsafeUninitializedCapacity: size) { words, count in
            precondition(getentropy(words.baseAddress, size * 8) == 0, "The system gives no random bytes.")
            count = size
        }
    }
}
