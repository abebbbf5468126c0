/// The place of a request in a distributed trace (W3C Trace Context, Level 2): what the header fields `traceparent` and
/// `tracestate` carry.
package struct TraceContext: Hashable, Sendable {
    /// The trace: 16 bytes, not all zero.
    package let traceID: RandomBits
    /// The span that the request comes from, not zero.
    package let parentID: UInt64
    /// The trace flags: bit 0 is `sampled`, bit 1 `random-trace-id`.
    package let flags: UInt8
    /// What tracing systems add by `tracestate`; `nil` when it is absent or not valid.
    package let state: String?

    /// The trace of the request whose work the task does, for requests to other services; `nil` outside of requests.
    @TaskLocal package static var current: TraceContext?

    /// The longest `tracestate` that is passed on, in bytes (section 3.3.1.5 has at least 512).
    private static let maxStateLength = 512
    /// The length of a `traceparent` of version 00.
    private static let length = 55

    package init(traceID: RandomBits, parentID: UInt64, flags: UInt8, state: String? = nil) {
        self.traceID = traceID
        self.parentID = parentID
        self.flags = flags
        self.state = state
    }

    /// Begins a trace that nobody has decided to record. The second half of the ID stands for the span as well, which no
    /// tracing system has recorded.
    package init(newTrace id: RandomBits) {
        self.init(traceID: id, parentID: max(id.low, 1), flags: 0x02)
    }

    /// Parses the header fields (section 3.2). Returns `nil` unless `traceparent` is valid; a `tracestate` that is not is
    /// left out.
    ///
    /// - Parameter states: The values of `tracestate`, which may occur several times.
    package init?(traceparent: String, tracestate states: [String] = []) {
        var traceparent = traceparent
        guard let parsed = traceparent.withUTF8({ Self.parse($0) }) else { return nil }
        self.init(traceID: parsed.traceID, parentID: parsed.parentID, flags: parsed.flags, state: Self.state(states))
    }

    /// Whether the caller may have recorded the trace.
    package var isSampled: Bool { flags & 0x01 != 0 }

    /// The trace ID as 32 hexadecimal digits in lower case.
    package var traceIDText: String { Self.hex(traceID.high) + Self.hex(traceID.low) }

    /// The value of the header field `traceparent`.
    package var traceparent: String {
        "00-\(traceIDText)-\(Self.hex(parentID))-\(Self.hex(UInt64(flags)).suffix(2))"
    }

    private static func parse(
        _ bytes: UnsafeBufferPointer<UInt8>
    ) -> (traceID: RandomBits, parentID: UInt64, flags: UInt8)? {
        let hyphen = UInt8(ascii: "-")
        // Fields may follow in versions other than 00, behind a hyphen.
        guard bytes.count >= length, bytes[2] == hyphen, bytes[35] == hyphen, bytes[52] == hyphen,
            let version = number(bytes[0..<2]), version != 0xff,
            bytes.count == length || (version != 0 && bytes[length] == hyphen),
            let high = number(bytes[3..<19]), let low = number(bytes[19..<35]), high | low != 0,
            let parentID = number(bytes[36..<52]), parentID != 0, let flags = number(bytes[53..<55])
        else { return nil }
        // The other flags are reserved in version 00 and unknown in later ones.
        return (RandomBits(high: high, low: low), parentID, UInt8(flags) & 0x03)
    }

    /// Returns up to 16 hexadecimal digits as a number; `nil` when one is none, or in upper case.
    private static func number(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
        var result: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): result = result << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): result = result << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return result
    }

    /// Returns the values as one, in their order (section 3.3.1).
    private static func state(_ values: [String]) -> String? {
        let joined = values.joined(separator: ",")
        guard (1...maxStateLength).contains(joined.utf8.count), joined.utf8.allSatisfy({ (0x20...0x7e).contains($0) })
        else { return nil }
        return joined
    }

    private static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
