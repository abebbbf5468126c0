import Bookings

/// The lists that took long lately, which are not tried on the connection for short lists again.
///
/// When several different lists of an owner took long, all of its lists count as long: otherwise each combination of
/// filters could take that connection's time once. The state is pure.
struct LongListHistory {
    typealias Instant = ContinuousClock.Instant

    private struct Owner {
        var statements: Set<String> = []
        var until: Instant
    }

    /// How long a list counts as long.
    static let duration = Duration.seconds(60)
    /// With so many long lists, all lists of the owner count as long.
    static let maximumStatements = 4
    /// The most owners that are remembered.
    static let maximumOwners = 1000

    private var owners: [BookingScope: Owner] = [:]

    /// Returns whether the list takes long, as far as is known.
    func isLong(_ statement: PostgresStatement, of owner: BookingScope, at now: Instant) -> Bool {
        guard let known = owners[owner], now < known.until else { return false }
        return known.statements.count >= Self.maximumStatements || known.statements.contains(statement.name)
    }

    /// The list took too long for the connection of short lists.
    mutating func note(_ statement: PostgresStatement, of owner: BookingScope, at now: Instant) {
        if let known = owners[owner], known.until <= now { owners[owner] = nil }
        if owners[owner] == nil, owners.count >= Self.maximumOwners {
            owners = owners.filter { now < $0.value.until }
            guard owners.count < Self.maximumOwners else { return }
        }
        owners[owner, default: Owner(until: now + Self.duration)].statements.insert(statement.name)
    }

    /// The list was short: what delayed it before has passed.
    mutating func forget(_ statement: PostgresStatement, of owner: BookingScope) {
        owners[owner]?.statements.remove(statement.name)
        if owners[owner]?.statements.isEmpty == true { owners[owner] = nil }
    }
}
