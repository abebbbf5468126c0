/// A UUID (RFC 9562) that says what it names, so that a provider's id is never taken for a booking's.
///
/// Read without regard to case, written in lower case; ordered by its bytes, as PostgreSQL orders `uuid`.
package struct Identifier<Of>: Hashable, Comparable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }
}

package typealias BookingID = Identifier<Booking>
package typealias ProviderID = Identifier<Provider>
package typealias ServiceID = Identifier<OfferedService>
package typealias EventID = Identifier<BookingEvent>

/// Whom a booking is made with. The service knows of it the id alone.
package enum Provider {}
/// What is booked (a haircut, a lesson). The service knows of it the id alone.
package enum OfferedService {}

extension Identifier: LosslessStringConvertible {
    /// The bytes of a written id: 32 digits and four hyphens.
    package static var writtenLength: Int { 36 }

    /// Nil unless the text is a UUID: 8-4-4-4-12 hexadecimal digits, in either case.
    package init?(_ text: String) {
        var text = text
        guard let parsed = text.withUTF8({ Self(utf8: $0) }) else { return nil }
        self = parsed
    }

    package init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count == Self.writtenLength else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        var digits = 0
        for (index, byte) in bytes.enumerated() {
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = hexadecimalValue(of: byte) else { return nil }
            if digits < 16 { halves.0 = halves.0 << 4 | digit } else { halves.1 = halves.1 << 4 | digit }
            digits += 1
        }
        self.init(high: halves.0, low: halves.1)
    }

    /// Hands the 36 bytes of the id to the sink.
    package func write(to append: (UInt8) -> Void) {
        for position in 0..<32 {
            if position == 8 || position == 12 || position == 16 || position == 20 { append(UInt8(ascii: "-")) }
            let half = position < 16 ? high : low
            let digit = UInt8(truncatingIfNeeded: half >> UInt64((15 - position % 16) * 4)) & 15
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }

    package var description: String {
        String(unsafeUninitializedCapacity: Self.writtenLength) { buffer in
            var index = 0
            write { byte in
                buffer[index] = byte
                index += 1
            }
            return index
        }
    }
}

extension Identifier {
    /// A version 7 UUID (RFC 9562, 5.7): ids of one time lie side by side in an index.
    package static func version7(at instant: Timestamp, randomness: RandomBits) -> Self {
        let time = UInt64(truncatingIfNeeded: instant.milliseconds) << 16
        return Self(
            high: time | 0x7000 | (randomness.high & 0x0fff),
            low: 0x8000_0000_0000_0000 | (randomness.low & 0x3fff_ffff_ffff_ffff))
    }

    /// A version 8 UUID (RFC 9562, 5.8) made of 122 of the given bits.
    package static func version8(_ bits: RandomBits) -> Self {
        Self(
            high: (bits.high & 0xffff_ffff_ffff_0fff) | 0x8000,
            low: 0x8000_0000_0000_0000 | (bits.low & 0x3fff_ffff_ffff_ffff))
    }
}

/// 128 bits from a source of randomness.
package struct RandomBits: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The 16 bytes, the highest first.
    package var bytes: [UInt8] {
        [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * UInt64($0))) } }
    }
}

private func hexadecimalValue(of byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
}
