/// A cache of byte strings. Keys contain the version of what they hold, so an entry is never wrong, at most unused.
package protocol Cache: Sendable {
    /// Returns the value of a key; `nil` when there is none, when it has expired at `now`, or when the cache fails.
    func value(for key: ByteString, at now: Timestamp) async -> [UInt8]?

    /// Returns the value if this process has it, without asking for what others stored.
    func ownValue(for key: ByteString, at now: Timestamp) -> [UInt8]?

    /// Stores a value until the instant, or for less time. Does not wait and does not fail.
    func keep(_ value: [UInt8], for key: ByteString, until instant: Timestamp)
}
