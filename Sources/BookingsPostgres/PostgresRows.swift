import Bookings

/// The rows of a result as text, null as nil.
struct PostgresRows: Sendable {
    let columns: Int
    fileprivate let values: [String?]

    init(columns: Int, values: [String?]) {
        self.columns = columns
        self.values = values
    }

    var count: Int { columns == 0 ? 0 : values.count / columns }
    var first: PostgresRow? { count == 0 ? nil : self[0] }

    /// One row by itself.
    func row(_ number: Int) -> PostgresRows {
        PostgresRows(columns: columns, values: Array(values[number * columns..<(number + 1) * columns]))
    }

    subscript(row: Int) -> PostgresRow { PostgresRow(rows: self, offset: row * columns) }

    func map<Value>(_ transform: (PostgresRow) throws -> Value) rethrows -> [Value] {
        try (0..<count).map { try transform(self[$0]) }
    }
}

/// One row. Its columns are read in their order, which the statement beside it names.
struct PostgresRow {
    fileprivate let rows: PostgresRows
    fileprivate let offset: Int

    func optionalText(_ column: Int) -> String? { rows.values[offset + column] }

    func text(_ column: Int) throws(StoreError) -> String {
        guard let text = optionalText(column) else { throw .corrupt("column \(column) is null") }
        return text
    }

    func optionalInteger(_ column: Int) throws(StoreError) -> Int64? {
        guard let text = optionalText(column) else { return nil }
        guard let number = Int64(text) else { throw .corrupt("column \(column) is no integer") }
        return number
    }

    func integer(_ column: Int) throws(StoreError) -> Int64 {
        guard let number = try optionalInteger(column) else { throw .corrupt("column \(column) is null") }
        return number
    }

    func instant(_ column: Int) throws(StoreError) -> Timestamp { Timestamp(milliseconds: try integer(column)) }

    func flag(_ column: Int) -> Bool { optionalText(column) == "t" }

    func identifier<Of>(_ column: Int) throws(StoreError) -> Identifier<Of> {
        guard let id = Identifier<Of>(try text(column)) else { throw .corrupt("column \(column) is no UUID") }
        return id
    }

    /// `bytea` in its hexadecimal form.
    func bytes(_ column: Int) throws(StoreError) -> [UInt8] {
        let digits = try text(column).utf8.dropFirst(2)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        var high: UInt8?
        for digit in digits {
            let value = digit < UInt8(ascii: "a") ? digit &- UInt8(ascii: "0") : digit &- UInt8(ascii: "a") &+ 10
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }
}

extension [UInt8] {
    /// As a parameter of type `bytea`.
    var hexadecimal: String {
        var text = "\\x"
        for byte in self {
            if byte < 16 { text += "0" }
            text += String(byte, radix: 16)
        }
        return text
    }
}
