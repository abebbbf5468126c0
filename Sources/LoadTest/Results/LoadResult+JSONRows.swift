import Bookings

/// The lines of the table and the points of the series as JSON objects.
extension LoadResult {
    func write(_ row: Row, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("answered")
        writer.integer(row.sample.answered)
        writer.name("errors")
        writer.counts(row.requests?.errors ?? [:])
        writer.name("failed")
        writer.integer(row.sample.failed)
        writer.name("latency_us")
        writer.latencies(of: row.sample)
        writer.name("lost")
        writer.integer(row.sample.lost)
        writer.name("name")
        writer.string(row.row.name)
        writer.name("statuses")
        writer.counts(Dictionary(uniqueKeysWithValues: (row.requests?.statuses ?? [:]).map { ("\($0)", $1) }))
        writer.name("unsent")
        writer.integer(row.requests?.unsent ?? 0)
        writer.endObject()
    }

    func write(_ point: LoadPoint, to writer: inout JSONWriter) {
        writer.beginObject()
        for (name, value) in [
            ("answered", point.answered), ("failed", point.failed), ("frames", point.frames), ("max_us", point.max),
            ("p50_us", point.p50), ("p99_us", point.p99), ("sent", point.sent),
        ] {
            writer.name(dynamic: name)
            if let value { writer.integer(value) } else { writer.null() }
        }
        writer.endObject()
    }
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

    mutating func latencies(of sample: LoadSample) {
        beginObject()
        for (name, value) in LoadResult.percentiles.sorted(by: { $0.name < $1.name }) {
            self.name(dynamic: name)
            if let latency = sample.latency(at: value) { integer(latency.wholeMicroseconds) } else { null() }
        }
        endObject()
    }
}
