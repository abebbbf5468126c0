/// Entity tags (RFC 9110, section 8.8.3): a booking's is its version.
enum EntityTag {
    static func of(_ booking: Booking) -> String { "\"\(booking.version)\"" }

    /// `If-None-Match`: weak comparison, a list or `*`.
    static func weaklyMatches(_ header: String, _ version: Int) -> Bool {
        let tags = header.split(separator: ",").map(\.trimmingSpaces)
        return tags.contains { $0 == "*" || $0 == "\"\(version)\"" || $0 == "W/\"\(version)\"" }
    }

    /// `If-Match`: strong tags. What is weak or malformed admits no version at all.
    static func precondition(_ headers: [String]) -> ChangeBooking.Precondition {
        guard !headers.isEmpty else { return .any }
        let tags = headers.joined(separator: ",").split(separator: ",", omittingEmptySubsequences: false).map(
            \.trimmingSpaces)
        if tags == ["*"] { return .any }
        var versions: Set<Int> = []
        for tag in tags where !tag.isEmpty {
            guard tag.count >= 2, tag.hasPrefix("\""), tag.hasSuffix("\"") else { return .versions([]) }
            if let version = Int(tag.dropFirst().dropLast()), String(version) == tag.dropFirst().dropLast() {
                versions.insert(version)
            }
        }
        return .versions(versions)
    }
}
