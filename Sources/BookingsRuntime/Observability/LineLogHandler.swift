import Bookings
import Logging

#if canImport(Glibc)
    import Glibc
#endif

/// The format of log lines (`LOG_FORMAT`).
package enum LogFormat: String, CaseIterable, Sendable {
    /// `TIME LEVEL LABEL: MESSAGE KEY=VALUE…`, for people.
    case text
    /// A JSON object, for log collectors.
    case json
}

/// Writes each entry as one line to standard error, with its metadata sorted by key.
package struct LineLogHandler: LogHandler {
    /// The metadata of all entries of the logger.
    package var metadata: Logger.Metadata = [:]
    /// The lowest level that is written.
    package var logLevel: Logger.Level
    private let label: String
    private let format: LogFormat
    private let now: @Sendable () -> Timestamp

    /// Creates a handler.
    ///
    /// - Parameter now: Returns the time of an entry.
    package init(label: String, level: Logger.Level, format: LogFormat, now: @escaping @Sendable () -> Timestamp) {
        self.label = label
        logLevel = level
        self.format = format
        self.now = now
    }

    /// The metadata of one key.
    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes an entry.
    package func log(event: LogEvent) {
        let merged = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        var line =
            switch format {
            case .text: textLine(event, merged)
            case .json: jsonLine(event, merged)
            }
        line.append(UInt8(ascii: "\n"))
        // One call for a line, so that lines of several threads and processes do not mix.
        line.withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private func textLine(_ event: LogEvent, _ metadata: [(key: String, value: Logger.Metadata.Value)]) -> [UInt8] {
        let pairs = metadata.map { " \($0.key)=\($0.value)" }.joined()
        let line = "\(RFC3339.string(now())) \(event.level) \(label): \(event.message)\(pairs)"
        return line.utf8.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 }
    }

    private func jsonLine(_ event: LogEvent, _ metadata: [(key: String, value: Logger.Metadata.Value)]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("label")
        writer.string(label)
        writer.name("level")
        writer.string(event.level.rawValue)
        writer.name("message")
        writer.string("\(event.message)")
        for (key, value) in metadata {
            writer.name(dynamic: key)
            append(value, to: &writer)
        }
        writer.name("time")
        writer.timestamp(now())
        writer.endObject()
        return writer.bytes
    }

    /// Numbers stay numbers, so that collectors can compare and sum them; everything else is its text.
    private func append(_ value: Logger.Metadata.Value, to writer: inout JSONWriter) {
        switch value {
        case .stringConvertible(let number as Int): writer.integer(number)
        case .stringConvertible(let number as Double) where number.isFinite: writer.number(number)
        default: writer.string("\(value)")
        }
    }
}
