import Bookings

/// The result of a load test.
package struct LoadResult: Sendable {
    package let settings: LoadSettings
    package var measures: LoadMeasures
    /// A point for each second.
    let points: [LoadPoint]
    /// The measured time.
    let duration: Duration
    /// The number of listeners that were connected when the load began.
    var listenersOpened = 0
    /// The rate of a step; `nil` for a run with a shape of its own.
    var rate: Double?
    /// What a search for the limit found.
    package var limit: LoadLimit?
    /// Why the load ended before its time.
    package var stopReason: String?
    /// The comparison with an earlier result.
    package var comparison: [LoadComparison.Line] = []

    init(settings: LoadSettings, measures: LoadMeasures, points: [LoadPoint], duration: Duration) {
        self.settings = settings
        self.measures = measures
        self.points = points
        self.duration = duration
    }

    package var verdicts: [(objective: LoadObjective, verdict: LoadObjective.Verdict)] {
        settings.objectives.map { ($0, $0.judge(measures)) }
    }

    /// The seconds of the load for a chart.
    package var series: [LoadPoint.Chart] { points.map(\.chart) }

    /// The measured time in seconds.
    package var seconds: Double { duration.inSeconds }

    /// Whether the load test holds: exit status 0.
    package var isPassed: Bool { failures.isEmpty }

    /// A sentence for each reason why the load test does not hold.
    package var failures: [String] {
        var failures: [String] = []
        if let saturation { failures.append("GENERATOR SATURATED: \(saturation)") }
        for (objective, verdict) in verdicts where verdict.isMissed {
            failures.append("MISSED \(objective) (\(verdict.detail))")
        }
        for line in comparison where line.isWorse { failures.append("WORSE \(line)") }
        if !settings.allowsErrors { failures += errors }
        return failures
    }

    /// What failed, whatever the objectives are.
    var errors: [String] {
        var errors = measures.failures.sentences.map { "FAILED \($0)" }
        let unopened = settings.listeners - listenersOpened
        if unopened > 0 { errors.append("FAILED \(unopened) of \(settings.listeners) listeners could not be opened") }
        if measures.frames.sample.lost > 0 {
            errors.append("FAILED \(measures.frames.sample.lost) of \(measures.frames.owed) events did not arrive")
        }
        if measures.frames.doubled > 0 { errors.append("FAILED \(measures.frames.doubled) events arrived again") }
        return errors + reminderErrors
    }

    private var reminderErrors: [String] {
        let reminders = measures.frames.reminders
        let counts = [
            (reminders.missing, "receipts of reminders are missing"), (reminders.early, "reminders were early"),
            (reminders.doubled, "reminders arrived again"),
            (reminders.unarmed, "reminders could not be booked before they were due"),
        ]
        return counts.filter { $0.0 > 0 }.map { "FAILED \($0.0) \($0.1)" }
    }

    // MARK: - The generator

    /// The lag from which the load generator may be what limits the load.
    private static let lagLimit = Duration.milliseconds(10)
    /// The share of the event loops' time from which they are busy.
    private static let busyShare = 0.95

    /// Why the measurements show the limit of this program and not that of the service; `nil` if they do not.
    package var saturation: String? {
        if let limit, limit.isGenerators { return "the search for the limit ended at the limit of this program" }
        if measures.usage.share >= Self.busyShare {
            return "it used \(Int(measures.usage.share * 100)) % of its processors; use --workers or more machines"
        }
        guard let lag = measures.lag.latency(at: 99), lag >= Self.lagLimit,
            let latency = measures.total.sample.latency(at: 99), lag * 4 >= latency
        else { return nil }
        return "requests were sent late by p99 \(lag.short) of a latency of p99 \(latency.short); "
            + "the objectives tell nothing about the service"
    }

    // MARK: - Rows

    struct Row {
        let row: LoadRow
        let sample: LoadSample
        let requests: LoadMeasures.Requests?
    }

    /// The rows in their order: the kinds of requests, their total, then what listeners measured.
    var rows: [Row] {
        var rows = LoadKind.allCases.compactMap { kind in
            measures.requests[kind].map { Row(row: .requests(kind), sample: $0.sample, requests: $0) }
        }
        let total = measures.total
        rows.append(Row(row: .total, sample: total.sample, requests: total))
        guard settings.listeners > 0 else { return rows }
        rows += [.frame, .frameAfterAnswer, .eventDelay].map {
            Row(row: $0, sample: measures.sample(of: $0), requests: nil)
        }
        guard settings.reminders > 0 else { return rows }
        return rows + [
            Row(row: .reminderLateness, sample: measures.sample(of: .reminderLateness), requests: nil)
        ]
    }

    static let percentiles: [(name: String, value: Double)] = [
        ("p50", 50), ("p90", 90), ("p99", 99), ("p99.9", 99.9), ("max", 100),
    ]

    /// Responses, or frames, a second.
    func rate(_ sample: LoadSample) -> Double {
        (Double(sample.answered) / max(duration.inSeconds, 0.001) * 10).rounded() / 10
    }
}

/// The rates between which the limit of the service lies.
package struct LoadLimit: Sendable {
    /// The highest rate that held the objectives.
    package let held: Double?
    /// The lowest rate that did not.
    package let missed: Double?
    /// Whether the search ended because this program could not send more.
    package let isGenerators: Bool
}
