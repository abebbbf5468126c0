#if canImport(Glibc)
    import Glibc
#endif

/// Finds string members in compact JSON without parsing the rest, which would cost more than all else of a frame.
enum JSONScan {
    /// Returns the bytes of the first value after `key`, which is a member's name with its quotation marks, the colon and
    /// the quotation mark of the value. The value must have no escapes, as ids, names and instants have none.
    static func value(of key: StaticString, in bytes: UnsafeRawBufferPointer) -> UnsafeBufferPointer<UInt8>? {
        guard let base = bytes.baseAddress, let found = ByteSearch.first(key, in: bytes) else { return nil }
        let start = base + found + key.utf8CodeUnitCount
        let rest = bytes.count - (start - base)
        guard let end = memchr(start, 0x22, rest) else { return nil }
        return UnsafeBufferPointer(
            start: start.assumingMemoryBound(to: UInt8.self), count: UnsafeRawPointer(end) - start)
    }
}
