import Bookings

/// The owners of a booking, encoded in its service id, so that a leaked booking is recognized wherever it appears.
///
/// `ca9a71e5-PPPP-4CCC-8QQQ-000000000000`: the index of the provider in hexadecimal (its lower digits P, its upper ones Q)
/// and that of the customer, `fff` for no customer. The result is a valid UUID.
enum Canary {
    private static let noCustomer = 0xfff

    /// Returns the service id for a booking of these owners: up to 2^28 providers and 4,095 customers.
    static func serviceID(provider: Int, customer: Int?) -> ServiceID {
        precondition((0...0xfff_ffff).contains(provider), "A canary has room for 268,435,456 providers.")
        precondition(customer.map { (0..<noCustomer).contains($0) } ?? true, "A canary has room for 4,095 customers.")
        let owners = UInt64(provider & 0xffff) << 16 | 0x4000 | UInt64(customer ?? noCustomer)
        let upper = UInt64(provider >> 16) << 48
        return ServiceID(high: 0xca9a_71e5_0000_0000 | owners, low: 0x8000_0000_0000_0000 | upper)
    }

    /// Returns the owners in all canaries that `json` contains, in their order.
    ///
    /// Expects lower case, as the service writes ids.
    static func owners(in json: String) -> [(provider: Int, customer: Int?)] {
        var json = json
        return json.withUTF8 { bytes in
            var owners: [(provider: Int, customer: Int?)] = []
            var index = 0
            while let found = search(bytes, from: index) {
                if let pair = pair(bytes, at: found + prefix.count) { owners.append(pair) }
                index = found + prefix.count
            }
            return owners
        }
    }

    private static let prefix = Array("ca9a71e5-".utf8)

    /// The Boyer-Moore-Horspool table: how far the prefix moves when this byte stands under its last one.
    ///
    /// Every answer of a run is searched, which is a large part of the time of all checkers.
    private static let shifts: [Int] = {
        var shifts = [Int](repeating: prefix.count, count: 256)
        for (index, byte) in prefix.dropLast().enumerated() { shifts[Int(byte)] = prefix.count - 1 - index }
        return shifts
    }()

    private static func search(_ bytes: UnsafeBufferPointer<UInt8>, from index: Int) -> Int? {
        prefix.withUnsafeBufferPointer { prefix in
            shifts.withUnsafeBufferPointer { shifts in
                var end = index + prefix.count
                while end <= bytes.count {
                    let last = bytes[end - 1]
                    if last == prefix[prefix.count - 1], bytes[(end - prefix.count)..<end].elementsEqual(prefix) {
                        return end - prefix.count
                    }
                    end += shifts[Int(last)]
                }
                return nil
            }
        }
    }

    /// Parses `PPPP-4CCC-8QQQ` at `index`, or returns `nil` when something else stands there.
    private static func pair(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (provider: Int, customer: Int?)? {
        guard index + 9 <= bytes.count, bytes[index + 4] == UInt8(ascii: "-"), bytes[index + 5] == UInt8(ascii: "4"),
            let lower = number(bytes[index..<index + 4]), let customer = number(bytes[index + 6..<index + 9])
        else { return nil }
        return (upperDigits(bytes, at: index + 9) << 16 | lower, customer == noCustomer ? nil : customer)
    }

    /// Parses `-8QQQ` at `index`; 0 for a canary that ends before.
    private static func upperDigits(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
        guard index + 5 <= bytes.count, bytes[index] == UInt8(ascii: "-"), bytes[index + 1] == UInt8(ascii: "8") else {
            return 0
        }
        return number(bytes[index + 2..<index + 5]) ?? 0
    }

    private static func number(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
        digits.reduce(Int?.some(0)) { value, byte in
            let digit: UInt8? =
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
                case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
                default: nil
                }
            return value.flatMap { value in digit.map { value << 4 | Int($0) } }
        }
    }
}
