/// A statement with the name under which each connection prepares it.
///
/// Two statements with the same name have the same SQL: a connection prepares a name once.
struct PostgresStatement: Hashable, Sendable {
    let name: String
    let sql: String

    init(_ name: String, _ sql: String) {
        self.name = name
        self.sql = sql
    }
}

/// A query that can share a statement with other lookups alike, for at most one row unless they share the rows too.
struct BatchedLookup: Sendable {
    /// Its parameters are arrays with one element for each lookup, and its last column is the ordinal of the lookup
    /// that a row belongs to, from 1. A statement without parameters returns the same row for all.
    let statement: PostgresStatement
    /// One value for each parameter of the statement.
    let keys: [String?]

    /// Whether the statement has one result, with any number of rows, which is for all lookups that share it.
    let sharesRows: Bool

    init(_ statement: PostgresStatement, _ keys: [String?] = [], sharesRows: Bool = false) {
        self.statement = statement
        self.keys = keys
        self.sharesRows = sharesRows
    }
}
