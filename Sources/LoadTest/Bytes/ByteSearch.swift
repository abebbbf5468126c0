#if canImport(Glibc)
    import Glibc
#endif

/// Finds bytes in a buffer that has no terminating zero. (`memmem` is not among what Glibc shows to Swift.)
enum ByteSearch {
    /// Returns the offset of the first occurrence of `pattern`, which must not be empty.
    static func first(_ pattern: StaticString, in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        let count = pattern.utf8CodeUnitCount
        var offset = 0
        while offset + count <= bytes.count {
            let candidates = bytes.count - offset - count + 1
            guard let found = memchr(base + offset, Int32(pattern.utf8Start[0]), candidates) else { return nil }
            offset = UnsafeRawPointer(found) - base
            if memcmp(base + offset, pattern.utf8Start, count) == 0 { return offset }
            offset += 1
        }
        return nil
    }
}
