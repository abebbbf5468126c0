extension [UInt8] {
    /// The bytes as a parameter of the type `bytea`, in its hexadecimal form (PostgreSQL manual, 8.4.1).
    var hexadecimal: String {
        String(unsafeUninitializedCapacity: 2 + 2 * count) { buffer in
            buffer[0] = UInt8(ascii: "\\")
            buffer[1] = UInt8(ascii: "x")
            for (index, byte) in enumerated() {
                buffer[2 * index + 2] = Self.digit(byte >> 4)
                buffer[2 * index + 3] = Self.digit(byte & 15)
            }
            return 2 + 2 * count
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
