/// The reason why a key set could not be read, for the log: it contains no part of a URL or path.
package struct KeySourceError: Error, Hashable, Sendable {
    /// A clause without a full stop.
    package let reason: String

    /// Creates an error for the log.
    package init(_ reason: String) {
        self.reason = reason
    }
}
