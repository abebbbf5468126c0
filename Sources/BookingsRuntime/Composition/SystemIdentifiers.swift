import Bookings
import Glibc
import Synchronization

/// Random bits from the operating system's generator.
///
/// Identifiers are drawn in batches, since a system call costs more than everything else that is done for one. Secrets
/// are drawn one by one, so that no copy of them waits in a buffer.
package struct SystemIdentifiers: IdentifierSource {
    private let buffer = RandomBuffer()

    /// Creates a source with an empty buffer.
    package init() {}

    /// Returns random bits; the key is not used.
    package func bits(for purpose: RandomPurpose, key: String) -> RandomBits {
        switch purpose {
        case .bookingID, .requestID, .trace, .jitter: return buffer.take()
        case .transportSession, .socket, .secret:
            var generator = SystemRandomNumberGenerator()
            return RandomBits(high: generator.next(), low: generator.next())
        }
    }
}

/// A buffer of random words that is filled again when it is empty.
private final class RandomBuffer: Sendable {
    /// The number of words: 256 bytes, which is as much as one call of getentropy(3) gives.
    private static let size = 32
    private let words = Mutex<[UInt64]>([])

    /// Removes 128 bits from the buffer.
    func take() -> RandomBits {
        words.withLock { words in
            if words.isEmpty { words = Self.draw() }
            return RandomBits(high: words.removeLast(), low: words.removeLast())
        }
    }

    private static func draw() -> [UInt64] {
        [UInt64](unsafeUninitializedCapacity: size) { words, count in
            precondition(getentropy(words.baseAddress, size * 8) == 0, "The system has no random bytes.")
            count = size
        }
    }
}
