import Bookings
import CPostgres

/// Rows of a result in the binary format of the wire (PostgreSQL's manual, 55.2 and the types' `send` functions), read
/// where libpq put them. Null is nil.
struct PostgresRows: Sendable {
    /// `@unchecked Sendable`: nothing changes a result once it is there.
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

    var columns: Int { memory.result.columnCount }
    var count: Int { range.count }
    var first: PostgresRow? { range.isEmpty ? nil : self[0] }
    /// The same result without a row.
    var none: PostgresRows { PostgresRows(memory: memory, range: 0..<0) }

    /// One row by itself.
    func row(_ number: Int) -> PostgresRows {
        let place = range.lowerBound + number
        return PostgresRows(memory: memory, range: place..<place + 1)
    }

    subscript(row: Int) -> PostgresRow { PostgresRow(memory: memory, place: range.lowerBound + row) }

    func map<Value>(_ transform: (PostgresRow) throws -> Value) rethrows -> [Value] {
        try (0..<count).map { try transform(self[$0]) }
    }
}

/// One row. Its columns are read in their order, which the statement beside it names.
struct PostgresRow {
    fileprivate let memory: PostgresRows.Memory
    fileprivate let place: Int

    /// The bytes are libpq's: the result outlives their reading.
    private func read<Value>(_ column: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value? {
        withExtendedLifetime(memory) { memory.result.value(row: place, column: column).map(body) }
    }

    func optionalText(_ column: Int) -> String? { read(column) { String(decoding: $0, as: UTF8.self) } }

    package func text(_ column: Int) throws(StoreError) -> String {
        guard let text = optionalText(column) else { throw .corrupt("column \(column) is null") }
        return text
    }

    /// Of any of the integer types.
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
        if let number, number == nil { throw .corrupt("column \(column) is no integer") }
        return number ?? nil
    }

    func integer(_ column: Int) throws(StoreError) -> Int64 {
        guard let number = try optionalInteger(column) else { throw .corrupt("column \(column) is null") }
        return number
    }

    func instant(_ column: Int) throws(StoreError) -> Timestamp { Timestamp(milliseconds: try integer(column)) }

    func flag(_ column: Int) -> Bool { read(column) { $0.first == 1 } ?? false }

    func identifier<Of>(_ column: Int) throws(StoreError) -> Identifier<Of> {
        let id = read(column) { bytes -> Identifier<Of>? in
            guard bytes.count == 16 else { return nil }
            let halves = UnsafeRawBufferPointer(bytes)
            return Identifier(
                high: UInt64(bigEndian: halves.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: halves.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
        guard let id = id ?? nil else { throw .corrupt("column \(column) is no UUID") }
        return id
    }

    func optionalBytes(_ column: Int) -> [UInt8]? { read(column) { [UInt8]($0) } }

    func bytes(_ column: Int) throws(StoreError) -> [UInt8] {
        guard let bytes = optionalBytes(column) else { throw .corrupt("column \(column) is null") }
        return bytes
    }
}

extension [UInt8] {
    /// As a parameter of type `bytea`.
    var hexadecimal: String {
        String(unsafeUninitializedCapacity: 2 + 2 * count) { text in
            text[0] = UInt8(ascii: "\\")
            text[1] = UInt8(ascii: "x")
            for (index, byte) in enumerated() {
                text[2 * index + 2] = Self.digit(byte >> 4)
                text[2 * index + 3] = Self.digit(byte & 15)
            }
            return 2 + 2 * count
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
