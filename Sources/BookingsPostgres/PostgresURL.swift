import CPostgres

/// What libpq makes of a `DATABASE_URL`, without connecting.
public enum PostgresURL {
    /// Why libpq cannot read it, without any part of it that may be a secret; nil: it can.
    public static func fault(of url: String) -> String? {
        guard case .failure(let fault) = parse(url) else { return nil }
        return fault.reason
    }

    /// The value of one of libpq's keywords; nil when the URL does not say it.
    static func value(of keyword: String, in url: String) -> String? {
        try? parse(url).get()[keyword]
    }

    private struct Unreadable: Error {
        let reason: String
    }

    private static func parse(_ url: String) -> Result<[String: String], Unreadable> {
        var complaint: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &complaint) else {
            defer { PQfreemem(complaint) }
            let reason = complaint.map { String(cString: $0) } ?? "libpq is out of memory"
            return .failure(Unreadable(reason: String(reason.replacing(url, with: "…").filter { $0 != "\n" })))
        }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return .success(values)
    }
}
