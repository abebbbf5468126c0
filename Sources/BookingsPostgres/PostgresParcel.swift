/// Jobs that go out as one statement.
struct PostgresParcel: Sendable {
    let statement: PostgresStatement
    let parameters: [String?]
    private(set) var jobs: [PostgresJob]

    init(_ job: PostgresJob) {
        switch job.work {
        case .statement(let statement, let parameters): (self.statement, self.parameters) = (statement, parameters)
        case .write(let write): (statement, parameters) = (Statements.write, write.parameters)
        }
        jobs = [job]
        deadline = job.deadline
    }

    private init(_ writes: [WriteColumns], of jobs: [PostgresJob]) {
        statement = Statements.writes
        parameters = WriteColumns.parameters(writes)
        self.jobs = jobs
        deadline = jobs.map(\.deadline).min() ?? .now
    }

    /// When the first of its callers gives up.
    let deadline: ContinuousClock.Instant
    var isAlone: Bool { jobs.contains(where: \.isAlone) }

    /// Puts writes together that do not depend on each other. Those that do keep their order.
    static func packing(_ jobs: [PostgresJob]) -> [PostgresParcel] {
        var groups: [(writes: [WriteColumns], jobs: [PostgresJob])] = []
        var firstFree: [String: Int] = [:]
        var single: [PostgresParcel] = []
        for job in jobs {
            guard case .write(let write) = job.work, !job.isAlone else {
                single.append(PostgresParcel(job))
                continue
            }
            let place = write.subjects.map { firstFree[$0] ?? 0 }.max() ?? 0
            if place == groups.count { groups.append(([], [])) }
            groups[place].writes.append(write)
            groups[place].jobs.append(job)
            for subject in write.subjects { firstFree[subject] = place + 1 }
        }
        return groups.map { $0.jobs.count == 1 ? PostgresParcel($0.jobs[0]) : PostgresParcel($0.writes, of: $0.jobs) }
            + single
    }

    /// Fails the jobs; whatever becomes of the statement goes to nobody.
    mutating func abandon(_ fault: PostgresFault) {
        for job in jobs { job.finish(.failure(fault)) }
        jobs = []
    }

    /// Gives each job what is its own of the rows: of several writes each has one.
    func finish(_ rows: PostgresRows) {
        if jobs.count == 1 { return jobs[0].finish(.success(rows)) }
        for (number, job) in jobs.enumerated() {
            job.finish(number < rows.count ? .success(rows.row(number)) : .failure(.refused("an outcome is missing")))
        }
    }
}
