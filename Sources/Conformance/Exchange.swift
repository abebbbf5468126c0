import Bookings
import NIOHTTP1

/// A request and its response, as a probe judges them and a story shows them.
struct Exchange: Sendable {
    /// Who sent it, as a word for the story.
    let caller: String
    let method: String
    let url: String
    let body: String?
    let headers: [(String, String)]
    /// `nil` when no response came.
    let status: Int?
    let responseHeaders: HTTPHeaders
    let text: String
    let json: JSONValue

    /// How much of a body a story shows.
    private static let shownCharacters = 300

    /// The exchange as one line of a story.
    var line: String {
        let fields = headers.map { " \($0): \($1)" }.joined()
        let sent = body.map { " \($0.prefix(Self.shownCharacters))" } ?? ""
        let received = status.map { "\($0) \(text.prefix(Self.shownCharacters))" } ?? "no response"
        return "\(caller): \(method) \(url)\(fields)\(sent) -> \(received)"
    }

    func header(_ name: String) -> String? { responseHeaders.first(name: name) }
}

extension JSONValue {
    /// The value at a dotted path of member names.
    func value(at path: String) -> JSONValue? {
        var value: JSONValue? = self
        for name in path.split(separator: ".") { value = value?[String(name)] }
        return value
    }

    /// The elements, none when this is not an array.
    var elements: [JSONValue] {
        if case .array(let elements) = self { elements } else { [] }
    }
}
