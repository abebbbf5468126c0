import ArgumentParser
import FoundationEssentials
import LoadTest

/// What a load test must hold, and what becomes of its result.
struct LoadResultArguments: ParsableArguments {
    @Option(
        help: """
            An objective: get.p99=50ms, frame.p99.9=1s, create.errors=0.1%, reminder_lateness_p99=100ms. May be repeated.
            """)
    var objective: [LoadObjective] = []

    @Flag(help: "End the load as soon as an objective is missed.")
    var abortOnMiss = false

    @Flag(help: "Let failed requests and lost listeners count only where an objective names them.")
    var allowErrors = false

    @Option(help: "The folder to write load.json, series.csv, junit.xml, load.html and the histograms to.")
    var report: String?

    @Option(help: "The load.json of an earlier load test; a worse result has exit status 7.")
    var compare: String?

    @Option(help: "The difference that --compare allows: 5%.")
    var tolerance = "5%"

    @Option(help: "The port that serves the figures to Prometheus at /metrics during the load.")
    var metricsPort: Int?

    func validate() throws {
        _ = try toleratedShare
        guard metricsPort.map((0...65_535).contains) ?? true else {
            throw ValidationError("--metrics-port must be from 0 to 65535.")
        }
    }

    private var toleratedShare: Double {
        get throws {
            guard tolerance.hasSuffix("%"), let percent = Double(tolerance.dropLast()), (0...1000).contains(percent)
            else { throw ValidationError("--tolerance must be a percentage such as 5%.") }
            return percent / 100
        }
    }

    func compare(_ result: LoadResult) throws -> [LoadComparison.Line] {
        guard let compare else { return [] }
        guard let text = try? String(contentsOfFile: compare, encoding: .utf8) else {
            throw ValidationError("--compare: \(compare) cannot be read.")
        }
        let share = try toleratedShare
        do throws(LoadComparison.Unreadable) {
            return try LoadComparison(text: text, tolerance: share).lines(result)
        } catch {
            throw ValidationError("--compare: \(compare) \(error.description).")
        }
    }

    func write(_ result: LoadResult) throws {
        guard let report else { return }
        try FileManager.default.createDirectory(atPath: report, withIntermediateDirectories: true)
        try result.json.write(toFile: "\(report)/load.json", atomically: true, encoding: .utf8)
        try result.csv.write(toFile: "\(report)/series.csv", atomically: true, encoding: .utf8)
        try JUnit.report(result).write(toFile: "\(report)/junit.xml", atomically: true, encoding: .utf8)
        try LoadPage(result: result).document.write(toFile: "\(report)/load.html", atomically: true, encoding: .utf8)
        try result.writeHistograms(to: report)
    }
}
