import Logging
import Synchronization

/// Records log entries, so that tests can check them.
package final class RecordedLog: Sendable {
    private let lines = Mutex<[String]>([])

    /// Creates an empty record.
    package init() {}

    /// All entries in order: level, message and metadata.
    package var recorded: [String] { lines.withLock { $0 } }

    /// Returns whether an entry contains this part.
    package func contains(_ part: String) -> Bool {
        lines.withLock { $0.contains { $0.contains(part) } }
    }

    /// A logger of all levels that records here.
    package var logger: Logger {
        Logger(label: "test") { _ in Handler(log: self) }
    }

    private struct Handler: LogHandler {
        let log: RecordedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.lines.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
        }
    }
}
