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

/// A query for at most one row that can share a statement with other lookups alike.
struct BatchedLookup: Sendable {
    /// Its parameters are arrays with one element for each lookup, and its last column is the ordinal of the lookup
    /// that a row belongs to, from 1. A statement without parameters returns the same row for all.
    let statement: PostgresStatement
    /// One value for each parameter of the statement.
    let keys: [String?]

    init(_ statement: PostgresStatement, _ keys: [String?] = []) {
        self.statement = statement
        self.keys = keys
    }
}
