/// A writer of XML 1.0 that nests and closes elements and escapes all values.
struct XML {
    private(set) var document: String

    /// A fragment has no XML declaration and is inserted into a document by `insert`.
    init(isFragment: Bool = false) { document = isFragment ? "" : #"<?xml version="1.0" encoding="UTF-8"?>"# + "\n" }

    /// Inserts a fragment as it is.
    mutating func insert(_ fragment: XML) { document += fragment.document }

    /// Writes an element with the content that the closure writes.
    mutating func element(
        _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ content: (inout XML) -> Void
    ) {
        open(name, attributes)
        document += ">\n"
        content(&self)
        document += "</\(name)>\n"
    }

    /// Writes an element with character data, or an empty element.
    mutating func element(_ name: String, _ attributes: KeyValuePairs<String, String> = [:], content: String = "") {
        open(name, attributes)
        document += content.isEmpty ? "/>\n" : ">\(Self.escaped(content))</\(name)>\n"
    }

    private mutating func open(_ name: String, _ attributes: KeyValuePairs<String, String>) {
        document += "<\(name)"
        for (key, value) in attributes { document += " \(key)=\"\(Self.escaped(value))\"" }
    }

    /// Returns the value with markup escaped. Most control characters are not allowed in XML 1.0, not even escaped
    /// (section 2.2), and become U+FFFD.
    static func escaped(_ value: String) -> String {
        var result = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n", "\t": result += "&#\(scalar.value);"
            case "\u{0}"..."\u{1f}", "\u{fffe}", "\u{ffff}": result += "\u{fffd}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
