import SimulationKit

/// Writes XML: elements nest and end by themselves, and whatever text there is stays text.
struct XML {
    private(set) var text: String

    /// A document; a fragment has no head, and goes into a document by `raw`.
    init(isFragment: Bool = false) { text = isFragment ? "" : #"<?xml version="1.0" encoding="UTF-8"?>"# + "\n" }

    /// XML that was written before.
    mutating func raw(_ fragment: XML) { text += fragment.text }

    /// An element with what the closure writes into it.
    mutating func element(
        _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ content: (inout XML) -> Void
    ) {
        open(name, attributes)
        text += ">\n"
        content(&self)
        text += "</\(name)>\n"
    }

    /// An element with a text, or with nothing.
    mutating func element(_ name: String, _ attributes: KeyValuePairs<String, String> = [:], text content: String = "")
    {
        open(name, attributes)
        text += content.isEmpty ? "/>\n" : ">\(Self.escaped(content))</\(name)>\n"
    }

    private mutating func open(_ name: String, _ attributes: KeyValuePairs<String, String>) {
        text += "<\(name)"
        for (key, value) in attributes { text += " \(key)=\"\(Self.escaped(value))\"" }
    }

    /// XML 1.0 has no way to write most control characters, not even escaped: they become U+FFFD.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
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
