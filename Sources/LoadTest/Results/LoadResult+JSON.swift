import Bookings

extension LoadResult {
    /// The result as a JSON object. Latencies are in microseconds.
    package var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("failures")
        writer.strings(failures)
        writeGenerator(to: &writer)
        if let limit { write(limit, to: &writer) }
        writer.name("mix")
        writer.string(settings.mix.description)
        writer.name("objectives")
        writer.beginArray()
        for (objective, verdict) in verdicts { write(objective, verdict, to: &writer) }
        writer.endArray()
        writer.name("passed")
        writer.bool(isPassed)
        writeReminders(to: &writer)
        writer.name("rows")
        writer.beginArray()
        for row in rows { write(row, to: &writer) }
        writer.endArray()
        writer.name("seconds")
        writer.number(duration.inSeconds)
        writer.name("seed")
        writer.integer(settings.seed)
        writer.name("series")
        writer.beginArray()
        for point in points { write(point, to: &writer) }
        writer.endArray()
        writer.name("shape")
        writer.string(rate.map { "\($0)" } ?? settings.shape.description)
        writer.name("sockets_lost")
        writer.integer(measures.frames.socketsLost)
        writer.name("sockets_open")
        writer.integer(listenersOpened)
        if let stopReason {
            writer.name("stopped")
            writer.string(stopReason)
        }
        writer.name("target")
        writer.string(settings.target.description)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }

    private func writeGenerator(to writer: inout JSONWriter) {
        writer.name("generator")
        writer.beginObject()
        writer.name("lag_us")
        writer.latencies(of: measures.lag)
        writer.name("processor_us_per_request")
        writer.number(measures.usage.microsecondsPerRequest)
        writer.name("saturated")
        writer.bool(saturation != nil)
        writer.endObject()
    }

    private func write(_ limit: LoadLimit, to writer: inout JSONWriter) {
        writer.name("limit")
        writer.beginObject()
        writer.name("held")
        if let held = limit.held { writer.number(held) } else { writer.null() }
        writer.name("missed")
        if let missed = limit.missed { writer.number(missed) } else { writer.null() }
        writer.endObject()
    }

    private func writeReminders(to writer: inout JSONWriter) {
        guard settings.reminders > 0 else { return }
        let reminders = measures.frames.reminders
        writer.name("reminders")
        writer.beginObject()
        for (name, count) in [
            ("armed", reminders.armed), ("doubled", reminders.doubled), ("early", reminders.early),
            ("missing", reminders.missing), ("owed", reminders.owed), ("received", reminders.received),
            ("unarmed", reminders.unarmed),
        ] {
            writer.name(dynamic: name)
            writer.integer(count)
        }
        writer.endObject()
    }

    private func write(
        _ objective: LoadObjective, _ verdict: LoadObjective.Verdict, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.name("actual")
        writer.string(verdict.detail)
        writer.name("missed")
        writer.bool(verdict.isMissed)
        writer.name("objective")
        writer.string(objective.description)
        writer.endObject()
    }
}

extension JSONWriter {
    fileprivate mutating func strings(_ strings: [String]) {
        beginArray()
        for string in strings { self.string(string) }
        endArray()
    }
}
