/// Decides when the counts of bookings are brought up to the event log. A pure state machine: `BookingCounts` performs it.
///
/// Nothing that writes a booking waits for it. What the counts lack is read from the log with each page, so they are
/// brought up often enough that this stays little, in parts that are small.
struct CountFolding {
    /// The most events of one part.
    static let partSize = 200
    /// After so many writes of this replica.
    static let writes = 200
    /// When a page had to read so much of the log.
    static let positionsBehind = 50

    private var written = 0
    private var isFolding = false

    /// A booking was written. Returns whether to fold a part.
    mutating func wrote() -> Bool {
        written += 1
        return written >= Self.writes && begin()
    }

    /// A page has seen how many positions the counts are behind the log. Returns whether to fold a part.
    mutating func isBehind(by positions: Int) -> Bool {
        positions >= Self.positionsBehind && begin()
    }

    /// A part of `count` events was folded; `nil` when it failed. Returns whether to fold another part.
    mutating func folded(_ count: Int?) -> Bool {
        isFolding = false
        return count == Self.partSize && begin()
    }

    private mutating func begin() -> Bool {
        if isFolding { return false }
        written = 0
        isFolding = true
        return true
    }
}
