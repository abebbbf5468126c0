import Bookings

/// Remembers tokens whose signatures were verified, by their bytes.
///
/// Their times are checked at each use, and an entry counts only while the key sets are the same.
struct VerifiedTokenCache {
    /// What was found when a token was verified.
    struct Entry {
        let claims: TokenClaims
        /// The generations of the key sets, read before the signature was verified; `nil` for a token of the secret.
        let generations: [Int]?
    }

    private static let maximumTokens = 10_000
    private static let maximumBytes = 8 << 20

    private var entries: [ByteString: Entry] = [:]
    /// The size of all tokens together.
    private var byteCount = 0

    /// Returns the claims of a token that was verified with key sets of these generations, or with the secret.
    func claims(of token: ByteString, generations: [Int]) -> TokenClaims? {
        guard let entry = entries[token], entry.generations == nil || entry.generations == generations else {
            return nil
        }
        return entry.claims
    }

    /// Adds a token. A full cache is emptied: that takes no bookkeeping at each use, and costs one more verification
    /// for each token in use.
    mutating func add(_ entry: Entry, for token: ByteString) {
        let size = token.text.utf8.count
        if entries.count >= Self.maximumTokens || byteCount + size > Self.maximumBytes {
            entries.removeAll(keepingCapacity: true)
            byteCount = 0
        }
        if entries.updateValue(entry, forKey: token) == nil { byteCount += size }
    }
}
