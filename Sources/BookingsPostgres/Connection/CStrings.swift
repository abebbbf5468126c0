import CPostgres

/// Opens a libpq connection by keywords and values; blocks until it is open or has failed, which `PQstatus` tells.
///
/// - Returns: a connection that the caller has to free; `nil` means that libpq is out of memory.
func connectDatabase(_ parameters: [(keyword: String, value: String)]) -> OpaquePointer? {
    withCStrings(parameters.map(\.keyword)) { keywords in
        // The value of `dbname` may be a URL.
        withCStrings(parameters.map(\.value)) { values in PQconnectdbParams(keywords, values, 1) }
    }
}

/// Calls the closure with a null-terminated array of C strings that lives as long as the call; `nil` is a null pointer.
func withCStrings<Result>(
    _ strings: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
    // All strings in one buffer: one allocation, however many parameters a statement has.
    var bytes: [UInt8] = []
    var offsets: [Int?] = []
    offsets.reserveCapacity(strings.count)
    for string in strings {
        offsets.append(string == nil ? nil : bytes.count)
        if let string {
            bytes.append(contentsOf: string.utf8)
            bytes.append(0)
        }
    }
    return bytes.withUnsafeBytes { buffer in
        let start = buffer.assumingMemoryBound(to: CChar.self).baseAddress
        let pointers = offsets.map { offset in offset.flatMap { start?.advanced(by: $0) } } + [nil]
        return pointers.withUnsafeBufferPointer { pointers in
            guard let base = pointers.baseAddress else {
                preconditionFailure("An array with an element has an address.")
            }
            return body(base)
        }
    }
}
