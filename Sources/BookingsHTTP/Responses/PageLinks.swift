import Bookings
import HTTPTypes

/// The `Link` header of a page (RFC 8288), with paths.
struct PageLinks {
    static let field = HTTPField.Name("Link")!

    private let path: String
    /// What stands behind the place in every link's query.
    private let rest: String

    /// The parameters that every page of a walk keeps. Unknown ones are not repeated to the client.
    private static let lasting: Set<ByteString> = [
        "as_of", "customer_id", "from", "provider_id", "service_id", "sort", "status", "to",
    ]

    /// `query`: the request's own.
    init(path: String, query: String?, limit: Int) {
        self.path = path
        var rest = "&limit=\(limit)"
        for pair in (query ?? "").utf8.split(separator: UInt8(ascii: "&")) {
            let name = ByteString(Substring(pair.prefix { $0 != UInt8(ascii: "=") }))
            guard Self.lasting.contains(name),
                pair.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x3e && $0 != 0x3c && $0 != 0x22 })
            else { continue }
            rest += "&"
            rest += Substring(pair)
        }
        self.rest = rest
    }

    /// Nil when there is nothing to link to.
    func header(page: Int?, pages: Int?, cursor: String?) -> String? {
        var header = ""
        header.reserveCapacity(4 * (path.utf8.count + rest.utf8.count + 32))
        func link(_ name: String, _ value: String, _ relation: String) {
            for part in [header.isEmpty ? "<" : ", <", path, "?", name, value, rest, ">; rel=\"", relation, "\""] {
                header += part
            }
        }
        if let page, let pages {
            if pages > 0 { link("page=", "1", "first") }
            if page > 1, pages > 0 { link("page=", "\(min(page - 1, pages))", "prev") }
            if page < pages { link("page=", "\(page + 1)", "next") }
            if pages > 0 { link("page=", "\(pages)", "last") }
        } else if let cursor {
            link("cursor=", cursor, "next")
        }
        return header.isEmpty ? nil : header
    }
}
