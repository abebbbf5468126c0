import Bookings
import Logging

#if canImport(Glibc)
    import Glibc
#endif

/// How log lines look: `LOG_FORMAT`.
package enum LogFormat: String, CaseIterable, Sendable {
    case text
    case json
}

/// Writes one line an entry to standard error: a constant message with its metadata.
package struct LineLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level
    private let label: String
    private let format: LogFormat
    private let now: @Sendable () -> Timestamp

    package init(label: String, level: Logger.Level, format: LogFormat, now: @escaping @Sendable () -> Timestamp) {
        self.label = label
        logLevel = level
        self.format = format
        self.now = now
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let merged = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        var line =
            switch format {
            case .text: text(event, merged)
            case .json: json(event, merged)
            }
        line.append(UInt8(ascii: "\n"))
        line.withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private func text(_ event: LogEvent, _ metadata: [(key: String, value: Logger.Metadata.Value)]) -> [UInt8] {
        let pairs = metadata.map { " \($0.key)=\($0.value)" }.joined()
        let line = "\(RFC3339.string(now())) \(event.level) \(label): \(event.message)\(pairs)"
        return line.utf8.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 }
    }

    private func json(_ event: LogEvent, _ metadata: [(key: String, value: Logger.Metadata.Value)]) -> [UInt8] {
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
            writer.string("\(value)")
        }
        writer.name("time")
        writer.timestamp(now())
        writer.endObject()
        return writer.bytes
    }
}
