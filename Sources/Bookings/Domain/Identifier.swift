/// A UUID (RFC 9562) with the type of what it identifies, so that the compiler tells a provider's id from a booking's.
///
/// It is read in either case, written in lower case, and ordered by its bytes, as PostgreSQL orders `uuid`.
package struct Identifier<Of>: Hashable, Comparable, Sendable {
    /// The first eight bytes, as a big-endian number.
    package let high: UInt64
    /// The last eight bytes, as a big-endian number.
    package let low: UInt64

    /// Creates an id from its two halves.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }
}

/// The id of a booking.
package typealias BookingID = Identifier<Booking>
/// The id of a provider.
package typealias ProviderID = Identifier<Provider>
/// The id of a service that can be booked.
package typealias ServiceID = Identifier<OfferedService>
/// The id of an event.
package typealias EventID = Identifier<BookingEvent>

/// The person or resource that is booked, of which only the id is known here.
package enum Provider {}
/// What is booked (a haircut, a lesson), of which only the id is known here.
package enum OfferedService {}

extension Identifier: LosslessStringConvertible {
    /// The length of the text form in bytes: 32 digits and four hyphens.
    package static var writtenLength: Int { 36 }

    /// Returns `nil` unless `text` has the form of a UUID: 8-4-4-4-12 hexadecimal digits, in either case.
    package init?(_ text: String) {
        var text = text
        guard let parsed = text.withUTF8({ Self(utf8: $0) }) else { return nil }
        self = parsed
    }

    /// Reads the same form from UTF-8 bytes.
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

    /// Calls `append` with each of the 36 bytes of the text form.
    package func write(to append: (UInt8) -> Void) {
        for index in 0..<32 {
            if index == 8 || index == 12 || index == 16 || index == 20 { append(UInt8(ascii: "-")) }
            let half = index < 16 ? high : low
            let digit = UInt8(truncatingIfNeeded: half >> UInt64((15 - index % 16) * 4)) & 15
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }

    /// The text form, in lower case.
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
    /// Returns a version 7 UUID (RFC 9562, section 5.7), which sorts by time, so that new ids are neighbours in an index.
    package static func version7(at instant: Timestamp, randomness: RandomBits) -> Self {
        let time = UInt64(truncatingIfNeeded: instant.milliseconds) << 16
        return Self(
            high: time | 0x7000 | (randomness.high & 0x0fff),
            low: 0x8000_0000_0000_0000 | (randomness.low & 0x3fff_ffff_ffff_ffff))
    }

    /// Returns a version 8 UUID (RFC 9562, section 5.8) of 122 of the given bits.
    package static func version8(_ bits: RandomBits) -> Self {
        Self(
            high: (bits.high & 0xffff_ffff_ffff_0fff) | 0x8000,
            low: 0x8000_0000_0000_0000 | (bits.low & 0x3fff_ffff_ffff_ffff))
    }
}

/// 128 bits from a source of randomness.
package struct RandomBits: Hashable, Sendable {
    /// The first half.
    package let high: UInt64
    /// The second half.
    package let low: UInt64

    /// Creates the bits from two halves.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The 16 bytes in big-endian order.
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
