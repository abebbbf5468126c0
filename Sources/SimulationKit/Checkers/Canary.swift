import Bookings

/// The mark that every booking of a run carries in its service id: whose it is, so that it is known wherever it shows.
///
/// `ca9a71e5-PPPP-4CCC-8000-000000000000`: the provider's index and the customer's in hexadecimal, `fff` for none.
enum Canary {
    private static let noCustomer = 0xfff

    static func serviceID(provider: Int, customer: Int?) -> ServiceID {
        precondition((0...0xffff).contains(provider), "A canary has room for 65,536 providers.")
        precondition(customer.map { (0..<noCustomer).contains($0) } ?? true, "A canary has room for 4,095 customers.")
        let owners = UInt64(provider) << 16 | 0x4000 | UInt64(customer ?? noCustomer)
        return ServiceID(high: 0xca9a_71e5_0000_0000 | owners, low: 0x8000_0000_0000_0000)
    }

    /// The canaries that sit in the text, in their order, in lower case as the service writes ids.
    static func pairs(in text: String) -> [(provider: Int, customer: Int?)] {
        var text = text
        return text.withUTF8 { bytes in
            var pairs: [(provider: Int, customer: Int?)] = []
            var place = 0
            while let found = search(bytes, from: place) {
                if let pair = pair(bytes, at: found + head.count) { pairs.append(pair) }
                place = found + head.count
            }
            return pairs
        }
    }

    private static let head = Array("ca9a71e5-".utf8)
    /// How far the head can be moved when this byte stands under its last one (Horspool).
    private static let leaps: [Int] = {
        var leaps = [Int](repeating: head.count, count: 256)
        for (index, byte) in head.dropLast().enumerated() { leaps[Int(byte)] = head.count - 1 - index }
        return leaps
    }()

    private static func search(_ bytes: UnsafeBufferPointer<UInt8>, from place: Int) -> Int? {
        head.withUnsafeBufferPointer { head in
            leaps.withUnsafeBufferPointer { leaps in
                var end = place + head.count
                while end <= bytes.count {
                    let last = bytes[end - 1]
                    if last == head[head.count - 1], bytes[(end - head.count)..<end].elementsEqual(head) {
                        return end - head.count
                    }
                    end += leaps[Int(last)]
                }
                return nil
            }
        }
    }

    /// Reads `PPPP-4CCC`; nil when something else stands there.
    private static func pair(_ bytes: UnsafeBufferPointer<UInt8>, at place: Int) -> (provider: Int, customer: Int?)? {
        guard place + 9 <= bytes.count, bytes[place + 4] == UInt8(ascii: "-"), bytes[place + 5] == UInt8(ascii: "4"),
            let provider = number(bytes[place..<place + 4]), let customer = number(bytes[place + 6..<place + 9])
        else { return nil }
        return (provider, customer == noCustomer ? nil : customer)
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
