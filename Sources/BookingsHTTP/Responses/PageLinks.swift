import Bookings
import HTTPTypes

/// Makes the `Link` header of a page (RFC 8288); its targets are paths.
struct PageLinks {
    static let field = HTTPField.Name("Link")!

    /// The parameters that all pages of a list share. Unknown parameters are not sent back to the client.
    private static let sharedParameters: Set<ByteString> = [
        "as_of", "customer_id", "from", "provider_id", "service_id", "sort", "status", "to",
    ]

    private let path: String
    /// The query of every link, after the page number or cursor.
    private let suffix: String

    /// `query`: the query of the request, still percent-encoded.
    init(path: String, query: String?, limit: Int) {
        self.path = path
        var suffix = "&limit=\(limit)"
        for pair in (query ?? "").utf8.split(separator: UInt8(ascii: "&")) {
            let name = ByteString(Substring(pair.prefix { $0 != UInt8(ascii: "=") }))
            guard Self.sharedParameters.contains(name), pair.allSatisfy(Self.isSafe) else { continue }
            suffix += "&"
            suffix += Substring(pair)
        }
        self.suffix = suffix
    }

    /// Whether a byte can be part of a link's target without ending it: visible ASCII except for `<`, `>` and `"`.
    private static func isSafe(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7f && byte != 0x3e && byte != 0x3c && byte != 0x22
    }

    /// Returns `nil` if there are no other pages.
    ///
    /// - Parameters:
    ///   - page: The number of the page; `nil` when paging by cursor, as is `pageCount`.
    ///   - nextCursor: `nil` if no row follows the page.
    func header(page: Int?, pageCount: Int?, nextCursor: String?) -> String? {
        var header = ""
        header.reserveCapacity(4 * (path.utf8.count + suffix.utf8.count + 32))
        func link(_ name: String, _ value: String, _ relation: String) {
            for part in [header.isEmpty ? "<" : ", <", path, "?", name, value, suffix, ">; rel=\"", relation, "\""] {
                header += part
            }
        }
        if let page, let pageCount {
            if pageCount > 0 { link("page=", "1", "first") }
            if page > 1, pageCount > 0 { link("page=", "\(min(page - 1, pageCount))", "prev") }
            if page < pageCount { link("page=", "\(page + 1)", "next") }
            if pageCount > 0 { link("page=", "\(pageCount)", "last") }
        } else if let nextCursor {
            link("cursor=", nextCursor, "next")
        }
        return header.isEmpty ? nil : header
    }
}
