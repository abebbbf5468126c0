import Bookings

/// Requests that are sent as one statement.
struct StatementBatch: Sendable {
    /// Which rows of the result belong to which request.
    private enum Distribution {
        /// All rows belong to each request.
        case all
        /// The first row belongs to the first request, and so on.
        case byIndex
        /// The last column of a row is the ordinal of its request, from 1.
        case byOrdinal
    }

    let statement: PostgresStatement
    let parameters: [String?]
    /// Empty for a statement without waiting callers.
    private(set) var requests: [StatementRequest]
    /// When the first of the callers gives up.
    let deadline: ContinuousClock.Instant
    private let distribution: Distribution

    /// Whether the statement needs a transaction of its own.
    var isIsolated: Bool { requests.contains(where: \.isIsolated) }

    /// Creates a statement for one request.
    init(_ request: StatementRequest) {
        switch request.work {
        case .statement(let statement, let parameters): (self.statement, self.parameters) = (statement, parameters)
        case .lookup(let lookup): (statement, parameters) = (lookup.statement, Self.arrays([lookup.keys]))
        case .write(let write): (statement, parameters) = (Statements.writes, WriteColumns.parameters([write]))
        }
        requests = [request]
        deadline = request.deadline
        distribution = .all
    }

    /// Creates a statement whose result is discarded.
    init(settings statement: PostgresStatement, deadline: ContinuousClock.Instant) {
        self.statement = statement
        self.deadline = deadline
        parameters = []
        requests = []
        distribution = .all
    }

    /// Creates a statement for lookups alike, at least one.
    init(lookups: [BatchedLookup], requests: [StatementRequest]) {
        statement = lookups[0].statement
        parameters = Self.arrays(lookups.map(\.keys))
        distribution = parameters.isEmpty || lookups[0].sharesRows ? .all : .byOrdinal
        deadline = Self.earliestDeadline(requests)
        self.requests = requests
    }

    /// Creates a statement for writes that touch different rows, at least one.
    init(writes: [WriteColumns], requests: [StatementRequest]) {
        statement = Statements.writes
        parameters = WriteColumns.parameters(writes)
        distribution = .byIndex
        deadline = Self.earliestDeadline(requests)
        self.requests = requests
    }

    private static func earliestDeadline(_ requests: [StatementRequest]) -> ContinuousClock.Instant {
        requests.dropFirst().reduce(requests[0].deadline) { min($0, $1.deadline) }
    }

    /// Turns the keys of each lookup into an array for each parameter.
    private static func arrays(_ keys: [[String?]]) -> [String] {
        keys[0].indices.map { column in PostgresArray.literal(keys.map { $0[column] }) }
    }

    /// Removes the requests: the result of the statement is then discarded.
    mutating func removeRequests() {
        requests = []
    }

    /// Calls the closure with each request and its own rows.
    ///
    /// A write whose row another transaction has locked fails with `PostgresError.rowLocked`.
    func distribute(
        _ rows: PostgresRows, _ body: (StatementRequest, Result<PostgresRows, PostgresError>) -> Void
    ) {
        switch distribution {
        case .all: for request in requests { body(request, request.result(rows)) }
        case .byIndex:
            for (index, request) in requests.enumerated() {
                let isPresent = index < rows.count
                body(
                    request,
                    isPresent ? request.result(rows.row(index)) : .failure(.refused("an outcome is missing")))
            }
        case .byOrdinal:
            for (request, row) in zip(requests, rowIndices(in: rows)) {
                body(request, .success(row.map(rows.row) ?? rows.none))
            }
        }
    }

    /// Returns the index of each request's row; `nil` means that its lookup found nothing.
    private func rowIndices(in rows: PostgresRows) -> [Int?] {
        var indices = [Int?](repeating: nil, count: requests.count)
        for row in 0..<rows.count {
            let ordinal = Int((try? rows[row].integer(rows.columns - 1)) ?? 0)
            if indices.indices.contains(ordinal - 1) { indices[ordinal - 1] = row }
        }
        return indices
    }
}

extension StatementRequest {
    /// The database writes nothing and answers `locked` when another transaction holds the booking's row.
    fileprivate func result(_ rows: PostgresRows) -> Result<PostgresRows, PostgresError> {
        guard case .write = work, rows.first?.optionalText(0) == "locked" else { return .success(rows) }
        return .failure(.rowLocked)
    }
}
