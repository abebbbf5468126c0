import HTTPTypes

/// The `Link` header of a page (RFC 8288), with paths.
struct PageLinks {
    static let field = HTTPField.Name("Link")!

    private let path: String
    private let kept: [Substring]
    private let limit: Int

    /// The parameters that every page of a walk keeps. Unknown ones are not repeated to the client.
    private static let lasting: Set<Substring> = [
        "as_of", "customer_id", "from", "provider_id", "service_id", "sort", "status", "to",
    ]

    /// `query`: the request's own.
    init(path: String, query: String?, limit: Int) {
        self.path = path
        self.limit = limit
        kept = (query ?? "").split(separator: "&").filter { pair in
            let name = pair.prefix { $0 != "=" }
            return Self.lasting.contains(name)
                && pair.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != 0x3e && $0 != 0x3c && $0 != 0x22 }
        }
    }

    /// Nil when there is nothing to link to.
    func header(page: Int?, pages: Int?, cursor: String?) -> String? {
        var links: [String] = []
        if let page, let pages {
            if pages > 0 { links.append(link("page=1", "first")) }
            if page > 1, pages > 0 { links.append(link("page=\(min(page - 1, pages))", "prev")) }
            if page < pages { links.append(link("page=\(page + 1)", "next")) }
            if pages > 0 { links.append(link("page=\(pages)", "last")) }
        } else if let cursor {
            links.append(link("cursor=\(cursor)", "next"))
        }
        return links.isEmpty ? nil : links.joined(separator: ", ")
    }

    private func link(_ place: String, _ relation: String) -> String {
        let query = ([Substring(place), "limit=\(limit)"] + kept).joined(separator: "&")
        return "<\(path)?\(query)>; rel=\"\(relation)\""
    }
}
