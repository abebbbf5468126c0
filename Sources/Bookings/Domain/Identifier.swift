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

    /// Writes the 36 bytes of the text form into memory of that size.
    package func write(to memory: UnsafeMutableRawBufferPointer) {
        func store(_ digits: UInt64, at offset: Int) {
            memory.storeBytes(of: UInt32(truncatingIfNeeded: digits).bigEndian, toByteOffset: offset, as: UInt32.self)
        }
        let words = (
            hexadecimalDigits(of: high >> 32), hexadecimalDigits(of: high & 0xffff_ffff),
            hexadecimalDigits(of: low >> 32), hexadecimalDigits(of: low & 0xffff_ffff)
        )
        memory.storeBytes(of: words.0.bigEndian, as: UInt64.self)
        store(words.1 >> 32, at: 9)
        store(words.1, at: 14)
        store(words.2 >> 32, at: 19)
        store(words.2, at: 24)
        memory.storeBytes(of: words.3.bigEndian, toByteOffset: 28, as: UInt64.self)
        for offset in stride(from: 8, through: 23, by: 5) { memory[offset] = UInt8(ascii: "-") }
    }

    /// The text form, in lower case.
    package var description: String {
        String(unsafeUninitializedCapacity: Self.writtenLength) { buffer in
            write(
                to: UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(buffer)[..<Self.writtenLength]))
            return Self.writtenLength
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

/// Returns the eight hexadecimal digits of a number below 2^32 as ASCII, the first in the most significant byte.
///
/// All digits at once: the nibbles are spread to a byte each, and those above 9 are moved on to the letters.
private func hexadecimalDigits(of number: UInt64) -> UInt64 {
    var nibbles = (number << 16 | number) & 0x0000_ffff_0000_ffff
    nibbles = (nibbles << 8 | nibbles) & 0x00ff_00ff_00ff_00ff
    nibbles = (nibbles << 4 | nibbles) & 0x0f0f_0f0f_0f0f_0f0f
    let areLetters = ((nibbles + 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
    return nibbles + 0x3030_3030_3030_3030 + areLetters * UInt64(UInt8(ascii: "a") - UInt8(ascii: "0") - 10)
}

private func hexadecimalValue(of byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
}
