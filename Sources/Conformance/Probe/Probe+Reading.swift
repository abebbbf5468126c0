import Bookings

extension Probe {
    func id(of booking: JSONValue) -> String { string(.id, booking) ?? "" }

    func string(_ field: Profile.Field, _ booking: JSONValue) -> String? { booking[profile.field(field)]?.string }

    func instant(_ field: Profile.Field, _ booking: JSONValue) -> Timestamp? {
        string(field, booking).flatMap { RFC3339.parse($0) }
    }

    /// The elements of a page.
    func rows(_ exchange: Exchange) -> [JSONValue] {
        let list = profile.list(.data).isEmpty ? exchange.json : exchange.json.value(at: profile.list(.data))
        return list?.elements ?? []
    }

    /// The identifiers of a list's first hundred bookings; of a tenant, who may have others, those of this probe on all pages.
    func listed(_ path: Profile.Path, as person: Person, replica: Int = 0) async throws -> (ids: [String], of: Exchange)
    {
        guard service.tenant == person.subject else {
            let page = try await page(of: path, as: person, replica: replica)
            try requireOwn(page, of: person)
            return (rows(page).map { id(of: $0) }, page)
        }
        let (bookings, last) = try await all(path, as: person, replica: replica)
        return (bookings.map { id(of: $0) }.filter(hasCreated), last)
    }

    /// The latest end of the provider's bookings ahead; `nil` without any.
    func latestEnd(of provider: Person) async throws -> Timestamp? {
        try await all(.upcoming, as: provider, replica: 0).bookings.compactMap { instant(.end, $0) }.max()
    }

    /// The bookings on all pages of a list, and the last of the pages.
    private func all(
        _ path: Profile.Path, as person: Person, replica: Int
    ) async throws -> (bookings: [JSONValue], last: Exchange) {
        var page = try await page(of: path, as: person, replica: replica)
        var bookings = rows(page)
        for number in 2...Self.mostPages where rows(page).count == 100 {
            let next = page.json.value(at: profile.list(.next))?.string.map { "\(profile.list(.cursor))=\($0)" }
            let place = next ?? "\(profile.list(.page))=\(number)"
            page = try await self.page(of: path, at: "&\(place)", as: person, replica: replica)
            bookings += rows(page)
        }
        return (bookings, page)
    }

    private func page(
        of path: Profile.Path, at place: String = "", as person: Person, replica: Int
    ) async throws -> Exchange {
        let page = try await send(
            "GET", "\(profile.path(path))?\(profile.list(.limit))=100\(place)", as: person, replica: replica)
        try expect(page, 200, "the list cannot be read")
        return page
    }

    /// How many pages of a tenant's bookings are read.
    private static let mostPages = 50

    /// Requires that all members of the booking that `written` acknowledged stand in `shown` with the same values.
    func requireSame(_ shown: JSONValue, as written: Exchange, _ what: String) throws {
        guard case .object(let members) = written.json else { return }
        let missing = members.first { shown[$0.name] == nil }?.name
        try offered(missing == nil, "\(what) has no \(missing ?? "")")
        let different = members.first { shown[$0.name] != $0.value }?.name
        try require(different == nil, "\(different ?? "") of \(what) is not what was acknowledged")
    }

    /// Ends the probe when a list has bookings of others: what it lacks cannot be told then, and another promise is broken.
    func requireOwn(_ page: Exchange, of person: Person) throws {
        guard rows(page).allSatisfy({ string(.provider, $0)?.lowercased() == person.subject }) else {
            throw ProbeEnd.notTestable("the list has bookings of other providers, see rest.foreign-lists")
        }
    }
}
