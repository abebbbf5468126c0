/// The `.env` file: lines `NAME=value`, with `export` before it, `#` comments, and quotes around values if one likes.
enum DotEnv {
    static func parse(_ text: String) -> [String: String] {
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            var line = line.trimmingSpaces
            if line.hasPrefix("export ") { line = line.dropFirst(7).trimmingSpaces }
            guard !line.hasPrefix("#"), let equals = line.firstIndex(of: "=") else { continue }
            values[line[..<equals].trimmingSpaces] = value(line[line.index(after: equals)...].trimmingSpaces)
        }
        return values
    }

    private static func value(_ text: String) -> String {
        if let quote = text.first, quote == "\"" || quote == "'" {
            let inside = text.dropFirst()
            guard let end = inside.firstIndex(of: quote) else { return text }
            return String(inside[..<end])
        }
        guard let comment = text.range(ofBlankThen: "#") else { return text }
        return text[..<comment].trimmingSpaces
    }
}

extension String {
    /// Where a blank with this character behind it stands first.
    fileprivate func range(ofBlankThen character: Character) -> Index? {
        indices.first { self[$0] == " " && index(after: $0) < endIndex && self[index(after: $0)] == character }
    }
}
