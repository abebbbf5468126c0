import Bookings
import CPostgres

/// Rows of a result, read where libpq put them: as text, null as nil.
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

    private func read<Value>(_ column: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value? {
        memory.result.value(row: place, column: column).map(body)
    }

    func optionalText(_ column: Int) -> String? { read(column) { String(decoding: $0, as: UTF8.self) } }

    func text(_ column: Int) throws(StoreError) -> String {
        guard let text = optionalText(column) else { throw .corrupt("column \(column) is null") }
        return text
    }

    func optionalInteger(_ column: Int) throws(StoreError) -> Int64? {
        guard let number = read(column, Self.number) else { return nil }
        guard let number else { throw .corrupt("column \(column) is no integer") }
        return number
    }

    func integer(_ column: Int) throws(StoreError) -> Int64 {
        guard let number = try optionalInteger(column) else { throw .corrupt("column \(column) is null") }
        return number
    }

    func instant(_ column: Int) throws(StoreError) -> Timestamp { Timestamp(milliseconds: try integer(column)) }

    func flag(_ column: Int) -> Bool { read(column) { $0.first == UInt8(ascii: "t") } ?? false }

    func identifier<Of>(_ column: Int) throws(StoreError) -> Identifier<Of> {
        guard let id = read(column, Identifier<Of>.init(utf8:)) ?? nil else {
            throw .corrupt("column \(column) is no UUID")
        }
        return id
    }

    /// `bytea` in its hexadecimal form.
    func bytes(_ column: Int) throws(StoreError) -> [UInt8] {
        let bytes = read(column) { digits -> [UInt8] in
            [UInt8](unsafeUninitializedCapacity: max(0, digits.count / 2 - 1)) { bytes, count in
                count = max(0, digits.count / 2 - 1)
                for index in 0..<count {
                    bytes[index] = Self.digit(digits[2 * index + 2]) << 4 | Self.digit(digits[2 * index + 3])
                }
            }
        }
        guard let bytes else { throw .corrupt("column \(column) is null") }
        return bytes
    }

    private static func digit(_ digit: UInt8) -> UInt8 {
        digit < UInt8(ascii: "a") ? digit &- UInt8(ascii: "0") : digit &- UInt8(ascii: "a") &+ 10
    }

    /// Decimal digits, with a minus sign or without; nil for anything else, and for what does not fit.
    private static func number(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        let isNegative = text.first == UInt8(ascii: "-")
        var value: Int64 = 0
        for byte in text.dropFirst(isNegative ? 1 : 0) {
            let (tenfold, isLarge) = value.multipliedReportingOverflow(by: 10)
            let digit = byte &- UInt8(ascii: "0")
            let (next, isTooLarge) = tenfold.subtractingReportingOverflow(Int64(digit))
            guard digit < 10, !isLarge, !isTooLarge else { return nil }
            value = next
        }
        guard text.count > (isNegative ? 1 : 0), isNegative || value > .min else { return nil }
        return isNegative ? value : -value
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
