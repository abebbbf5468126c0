import Bookings
import HTTPTypes

/// The entity tags of bookings (RFC 9110, section 8.8.3): the version in double quotes.
enum EntityTag {
    static func of(_ booking: Booking) -> String { "\"\(booking.version)\"" }

    /// Returns whether an `If-None-Match` header (a list or `*`) matches a version, by weak comparison.
    static func weaklyMatches(_ header: String, _ version: Int) -> Bool {
        if header.trimmingSpaces == "*" { return true }
        return list(header)?.contains { $0.value == String(version) } ?? false
    }

    /// Returns the versions that `If-Match` headers permit. A header with a weak or malformed tag permits none.
    static func precondition(_ headers: [String]) -> ChangeBooking.Precondition {
        guard !headers.isEmpty else { return .any }
        let header = headers.joined(separator: ",")
        if header.trimmingSpaces == "*" { return .any }
        guard let tags = list(header), !tags.contains(where: \.isWeak) else { return .versions([]) }
        return .versions(Set(tags.compactMap { tag in Int(tag.value).flatMap { String($0) == tag.value ? $0 : nil } }))
    }

    /// Parses a list of tags, which may contain commas; `nil` if the list is malformed or empty.
    private static func list(_ header: String) -> [(isWeak: Bool, value: Substring)]? {
        var rest = header[...]
        var tags: [(isWeak: Bool, value: Substring)] = []
        while true {
            rest = rest.drop { " \t,".contains($0) }
            if rest.isEmpty { return tags.isEmpty ? nil : tags }
            let isWeak = rest.hasPrefix("W/")
            if isWeak { rest = rest.dropFirst(2) }
            guard rest.first == "\"", case let value = rest.dropFirst(), let end = value.firstIndex(of: "\"") else {
                return nil
            }
            tags.append((isWeak, value[..<end]))
            rest = value[value.index(after: end)...].drop { " \t".contains($0) }
            guard rest.isEmpty || rest.first == "," else { return nil }
        }
    }
}
