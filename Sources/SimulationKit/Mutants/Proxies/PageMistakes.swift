import Bookings

extension Mutant {
    /// Mistakes in pages of lists.
    static let pageMistakes: [Mutant] = [
        page("total-pages") { $0.change("meta", "total_pages", to: \.incremented) },
        page("number") { $0.change("meta", "page", to: \.incremented) },
        page("limit") { $0.change("meta", "limit", to: \.incremented) },
        page("as-of") { $0.change("meta", "as_of") { _ in .string("2030-01-01T00:00:00.000Z") } },
        page("cursor-missing") { $0.change("meta", "next_cursor") { _ in .null } },
        page("total-missing") { json in
            json.change("meta") { meta in
                var meta = meta
                meta.remove("total")
                return meta
            }
        },
        page("order") { $0.changeArray("data") { $0.reverse() } },
        page("row-missing") { $0.changeArray("data") { if !$0.isEmpty { $0.removeLast() } } },
        page("row-twice") { $0.changeArray("data") { if let last = $0.last { $0.append(last) } } },
        page("row-status") { json in
            json.changeElements(of: "data") { $0.change("status") { _ in .string("no_show") } }
        },
        answer("page-link", "changes the links of pages", caughtBy: "contract", in: .pagination, where: lists) {
            $0.set("link", $0.header("link")?.split(separator: ",").last.map { $0.drop { $0 == " " } }.map(String.init))
        },
        answer("page-link-next", "leads past the next page", caughtBy: "contract", in: .pagination, where: lists) {
            let link = $0.header("link").map { link in
                link.split(separator: "page=2&", omittingEmptySubsequences: false).joined(separator: "page=3&")
            }
            $0.set("link", link)
        },
    ]

    private static func lists(_ request: ProxiedRequest, _ answer: ProxiedAnswer) -> Bool {
        request.method == "GET" && ["/bookings", "/bookings/upcoming", "/bookings/past"].contains(request.path)
            && answer.status == 200
    }

    private static func page(_ name: String, _ change: @escaping @Sendable (inout JSONValue) -> Void) -> Mutant {
        answer(
            "page-\(name)", "changes the \(name) of pages", caughtBy: "contract", in: .pagination, where: lists
        ) { $0.changeJSON(change) }
    }
}
