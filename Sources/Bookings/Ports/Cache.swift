/// Bytes kept for a while. Keys name the version of what they hold, so an entry is never wrong, only unused.
package protocol Cache: Sendable {
    /// Nil when there is none, when it is older than its `until` at `now`, or when the cache does not answer.
    func value(for key: ByteString, at now: Timestamp) async -> [UInt8]?

    /// Keeps the bytes until the instant, or for a shorter time. Does not wait and does not fail.
    func keep(_ value: [UInt8], for key: ByteString, until instant: Timestamp)
}
