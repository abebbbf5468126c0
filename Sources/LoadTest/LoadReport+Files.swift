import Bookings
import FoundationEssentials
import Histogram

extension LoadReport {
    /// Writes `load.json`, and a histogram of each row in the format of HdrHistogram's plotters, in milliseconds.
    package func write(to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try (String(decoding: json, as: UTF8.self) + "\n").write(
            toFile: "\(folder)/load.json", atomically: true, encoding: .utf8)
        for row in rows {
            var distribution = ""
            row.sample.histogram.outputPercentileDistribution(
                to: &distribution, outputValueUnitScalingRatio: 1000)
            try distribution.write(toFile: "\(folder)/\(row.name).hgrm", atomically: true, encoding: .utf8)
        }
    }

    private var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("mix")
        writer.string(settings.plan.mix.description)
        writer.name("objectives")
        writer.beginArray()
        for (objective, verdict) in verdicts { write(objective, verdict, to: &writer) }
        writer.endArray()
        writer.name("rate")
        writer.number(settings.plan.rate)
        writer.name("rows")
        writer.beginArray()
        for row in rows { write(row.name, row.sample, row.requests, to: &writer) }
        writer.endArray()
        writer.name("seconds")
        writer.number(settings.plan.duration.inSeconds)
        writer.name("seed")
        writer.integer(settings.plan.seed)
        writer.name("sent_late_p99_us")
        writer.integer(measures.lag.latency(at: 99).map(Self.microseconds) ?? 0)
        writer.name("sockets_lost")
        writer.integer(measures.frames.socketsLost)
        writer.name("sockets_open")
        writer.integer(measures.frames.socketsOpen)
        writer.name("target")
        writer.string(settings.target.url)
        writer.endObject()
        return writer.bytes
    }

    private func write(
        _ objective: LoadObjective, _ verdict: LoadObjective.Verdict, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.name("missed")
        writer.bool(verdict.isMissed)
        writer.name("objective")
        writer.string(objective.description)
        writer.endObject()
    }

    private func write(
        _ name: String, _ sample: LoadSample, _ requests: LoadMeasures.Requests?, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.name("answered")
        writer.integer(sample.histogram.totalCount)
        writer.name("errors")
        writer.counts(requests?.errors ?? [:])
        writer.name("failed")
        writer.integer(sample.failed)
        writer.name("latency_us")
        writer.beginObject()
        for (name, value) in Self.percentiles.sorted(by: { $0.name < $1.name }) {
            writer.name(dynamic: name)
            if let latency = sample.latency(at: value) {
                writer.integer(Self.microseconds(latency))
            } else {
                writer.null()
            }
        }
        writer.endObject()
        writer.name("lost")
        writer.integer(sample.lost)
        writer.name("name")
        writer.string(name)
        writer.name("statuses")
        writer.counts(Dictionary(uniqueKeysWithValues: (requests?.statuses ?? [:]).map { ("\($0)", $1) }))
        writer.name("unsent")
        writer.integer(requests?.unsent ?? 0)
        writer.endObject()
    }

    private static func microseconds(_ latency: Duration) -> Int64 { Int64(latency.inSeconds * 1e6) }
}

extension JSONWriter {
    fileprivate mutating func counts(_ counts: [String: UInt64]) {
        beginObject()
        for (key, count) in counts.sorted(by: { $0.key < $1.key }) {
            name(dynamic: key)
            integer(count)
        }
        endObject()
    }
}
