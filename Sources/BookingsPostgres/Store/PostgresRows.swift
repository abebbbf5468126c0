import Bookings
import CPostgres

/// Rows of a result in the binary format (PostgreSQL manual, 55.2 and the `send` functions of the types), read in libpq's
/// memory without a copy.
struct PostgresRows: Sendable {
    /// A result that several values share.
    ///
    /// `@unchecked Sendable`: libpq does not change a result once it is complete.
    fileprivate final class Memory: @unchecked Sendable {
        let result: PostgresResult

        init(_ result: consuming PostgresResult) { self.result = result }
    }

    private let memory: Memory
    private let range: Range<Int>

    init(_ result: consuming PostgresResult) {
        range = 0..<result.rowCount
        memory = Memory(result)
    }

    private init(memory: Memory, range: Range<Int>) {
        self.memory = memory
        self.range = range
    }

    /// The number of columns.
    var columns: Int { memory.result.columnCount }
    /// The number of rows.
    var count: Int { range.count }
    var first: PostgresRow? { range.isEmpty ? nil : self[0] }
    /// The same result without its rows.
    var none: PostgresRows { PostgresRows(memory: memory, range: 0..<0) }

    /// Returns the row at an index as rows of their own.
    func row(_ index: Int) -> PostgresRows {
        let index = range.lowerBound + index
        return PostgresRows(memory: memory, range: index..<index + 1)
    }

    subscript(index: Int) -> PostgresRow { PostgresRow(memory: memory, index: range.lowerBound + index) }

    func map<Value, Failure: Error>(
        _ transform: (PostgresRow) throws(Failure) -> Value
    ) throws(Failure) -> [Value] {
        try (0..<count).map { index throws(Failure) in try transform(self[index]) }
    }
}

/// One row. Its columns are read by index, in the order in which the statement names them.
///
/// The functions that return an optional return `nil` for null; the others throw `StoreError.corrupt` for it, and for a
/// value of another type.
struct PostgresRow {
    fileprivate let memory: PostgresRows.Memory
    fileprivate let index: Int

    /// The bytes are libpq's: the result has to outlive the body.
    private func read<Value>(_ column: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value? {
        withExtendedLifetime(memory) { memory.result.value(row: index, column: column).map(body) }
    }

    func optionalText(_ column: Int) -> String? { read(column) { String(decoding: $0, as: UTF8.self) } }

    func text(_ column: Int) throws(StoreError) -> String {
        guard let text = optionalText(column) else { throw .corrupt("column \(column) is null") }
        return text
    }

    /// Reads a number of any of the integer types.
    func optionalInteger(_ column: Int) throws(StoreError) -> Int64? {
        let number = read(column) { bytes -> Int64? in
            let bytes = UnsafeRawBufferPointer(bytes)
            return switch bytes.count {
            case 8: Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
            case 4: Int64(Int32(bigEndian: bytes.loadUnaligned(as: Int32.self)))
            case 2: Int64(Int16(bigEndian: bytes.loadUnaligned(as: Int16.self)))
            default: nil
            }
        }
        if let number, number == nil { throw .corrupt("column \(column) is not an integer") }
        return number ?? nil
    }

    func integer(_ column: Int) throws(StoreError) -> Int64 {
        guard let number = try optionalInteger(column) else { throw .corrupt("column \(column) is null") }
        return number
    }

    /// Reads an instant in milliseconds.
    func instant(_ column: Int) throws(StoreError) -> Timestamp { Timestamp(milliseconds: try integer(column)) }

    /// Reads a boolean; null is `false`.
    func flag(_ column: Int) -> Bool { read(column) { $0.first == 1 } ?? false }

    func identifier<Of>(_ column: Int) throws(StoreError) -> Identifier<Of> {
        let id = read(column) { bytes -> Identifier<Of>? in
            guard bytes.count == 16 else { return nil }
            let halves = UnsafeRawBufferPointer(bytes)
            return Identifier(
                high: UInt64(bigEndian: halves.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: halves.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
        guard let id = id ?? nil else { throw .corrupt("column \(column) is not a UUID") }
        return id
    }

    func optionalBytes(_ column: Int) -> [UInt8]? { read(column) { [UInt8]($0) } }

    func bytes(_ column: Int) throws(StoreError) -> [UInt8] {
        guard let bytes = optionalBytes(column) else { throw .corrupt("column \(column) is null") }
        return bytes
    }
}
