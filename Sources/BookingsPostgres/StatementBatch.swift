import Bookings

/// Jobs that go out as one statement.
struct StatementBatch: Sendable {
    let statement: PostgresStatement
    let parameters: [String?]
    private(set) var jobs: [StatementRequest]
    private let sharing: Sharing

    /// How rows are shared among several jobs.
    private enum Sharing {
        /// The first is the first job's, and so on.
        case byPlace
        /// The last column names the job by number.
        case byNumber
        /// All are for each.
        case none
    }

    init(_ job: StatementRequest) {
        switch job.work {
        case .statement(let statement, let parameters): (self.statement, self.parameters) = (statement, parameters)
        case .lookUp(let lookUp): (statement, parameters) = (lookUp.statement, Self.arrays([lookUp.keys]))
        case .write(let write): (statement, parameters) = (Statements.write, write.parameters)
        }
        jobs = [job]
        sharing = .none
        deadline = job.deadline
    }

    /// A statement that nobody waits for.
    init(_ statement: PostgresStatement) {
        self.statement = statement
        parameters = []
        jobs = []
        sharing = .none
        deadline = .now + PostgresPool.patience
    }

    private init(_ lookUps: [BatchedLookup], of jobs: [StatementRequest]) {
        statement = lookUps[0].statement
        parameters = Self.arrays(lookUps.map(\.keys))
        self.jobs = jobs
        sharing = parameters.isEmpty ? .none : .byNumber
        deadline = jobs.map(\.deadline).min() ?? .now
    }

    private static func arrays(_ keys: [[String?]]) -> [String] {
        keys[0].indices.map { column in WriteColumns.array(keys.map { $0[column] }) }
    }

    private init(_ writes: [WriteColumns], of jobs: [StatementRequest]) {
        statement = Statements.writes
        parameters = WriteColumns.parameters(writes)
        self.jobs = jobs
        sharing = .byPlace
        deadline = jobs.map(\.deadline).min() ?? .now
    }

    /// When the first of its callers gives up.
    let deadline: ContinuousClock.Instant
    var isAlone: Bool { jobs.contains(where: \.isAlone) }

    /// Puts together what one statement can do: look-ups alike, and writes that do not depend on each other. Writes that
    /// do keep their order.
    static func packing(_ jobs: [StatementRequest]) -> [StatementBatch] {
        var writes: [(writes: [WriteColumns], jobs: [StatementRequest])] = []
        var lookUps: [(lookUps: [BatchedLookup], jobs: [StatementRequest])] = []
        var firstFree: [String: Int] = [:]
        var single: [StatementBatch] = []
        for job in jobs {
            switch job.work {
            case .write(let write) where !job.isAlone:
                let place = write.subjects.map { firstFree[$0] ?? 0 }.max() ?? 0
                if place == writes.count { writes.append(([], [])) }
                writes[place].writes.append(write)
                writes[place].jobs.append(job)
                for subject in write.subjects { firstFree[subject] = place + 1 }
            case .lookUp(let lookUp) where !job.isAlone:
                let name = lookUp.statement.name
                let place = lookUps.firstIndex { $0.lookUps[0].statement.name == name } ?? lookUps.count
                if place == lookUps.count { lookUps.append(([], [])) }
                lookUps[place].lookUps.append(lookUp)
                lookUps[place].jobs.append(job)
            default: single.append(StatementBatch(job))
            }
        }
        return writes.map { $0.jobs.count == 1 ? StatementBatch($0.jobs[0]) : StatementBatch($0.writes, of: $0.jobs) }
            + lookUps.map { StatementBatch($0.lookUps, of: $0.jobs) } + single
    }

    /// Fails the jobs; whatever becomes of the statement goes to nobody.
    mutating func abandon(_ fault: PostgresError) {
        for job in jobs { job.finish(.failure(fault)) }
        jobs = []
    }

    /// Gives each job what is its own of the rows; returns those whose row another transaction holds, unfinished.
    @discardableResult
    func finish(_ rows: PostgresRows) -> [StatementRequest] {
        switch sharing {
        case .none:
            if let job = jobs.first, jobs.count == 1, job.isLocked(by: rows) { return jobs }
            for job in jobs { job.finish(.success(rows)) }
        case .byPlace:
            var locked: [StatementRequest] = []
            for (number, job) in jobs.enumerated() {
                guard number < rows.count else {
                    job.finish(.failure(.refused("an outcome is missing")))
                    continue
                }
                let row = rows.row(number)
                if job.isLocked(by: row) { locked.append(job) } else { job.finish(.success(row)) }
            }
            return locked
        case .byNumber:
            var places = [Int?](repeating: nil, count: jobs.count)
            for place in 0..<rows.count {
                let number = (try? rows[place].integer(rows.columns - 1)) ?? 0
                if places.indices.contains(Int(number) - 1) { places[Int(number) - 1] = place }
            }
            for (job, place) in zip(jobs, places) { job.finish(.success(place.map(rows.row) ?? rows.none)) }
        }
        return []
    }
}

extension StatementRequest {
    /// Whether the database wrote nothing because another transaction holds the booking's row.
    fileprivate func isLocked(by outcome: PostgresRows) -> Bool {
        guard case .write = work else { return false }
        return outcome.first?.optionalText(0) == "locked"
    }
}
