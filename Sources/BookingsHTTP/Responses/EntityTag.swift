import Bookings
import HTTPTypes

/// Entity tags (RFC 9110, section 8.8.3): a booking's is its version.
enum EntityTag {
    static func of(_ booking: Booking) -> String { "\"\(booking.version)\"" }

    /// `If-None-Match`: weak comparison, a list or `*`.
    static func weaklyMatches(_ header: String, _ version: Int) -> Bool {
        if header.trimmingSpaces == "*" { return true }
        return list(header)?.contains { $0.value == String(version) } ?? false
    }

    /// `If-Match`: strong tags. What is weak or malformed admits no version at all.
    static func precondition(_ headers: [String]) -> ChangeBooking.Precondition {
        guard !headers.isEmpty else { return .any }
        let header = headers.joined(separator: ",")
        if header.trimmingSpaces == "*" { return .any }
        guard let tags = list(header), !tags.contains(where: \.isWeak) else { return .versions([]) }
        return .versions(Set(tags.compactMap { tag in Int(tag.value).flatMap { String($0) == tag.value ? $0 : nil } }))
    }

    /// The tags of a list, which may hold commas between their quotes; nil when it is none.
    private static func list(_ text: String) -> [(isWeak: Bool, value: Substring)]? {
        var rest = text[...]
        var tags: [(isWeak: Bool, value: Substring)] = []
        while true {
            rest = rest.drop { " \t,".contains($0) }
            if rest.isEmpty { return tags.isEmpty ? nil : tags }
            let isWeak = rest.hasPrefix("W/")
            if isWeak { rest = rest.dropFirst(2) }
            guard rest.first == "\"", case let inside = rest.dropFirst(), let end = inside.firstIndex(of: "\"") else {
                return nil
            }
            tags.append((isWeak, inside[..<end]))
            rest = inside[inside.index(after: end)...].drop { " \t".contains($0) }
            guard rest.isEmpty || rest.first == "," else { return nil }
        }
    }
}
