/// What a replica has read of the last changes of scopes: a pure state.
///
/// It knows every change after one position of the log up to another, and the last change of each scope that was looked
/// up. Reads may arrive in any order.
struct KnownChanges {
    /// The largest number of owners and scopes; with more, all are forgotten and looked up again.
    private static let capacity = 10_000

    /// Whoever has no entry has not changed after this position and up to `through`.
    private(set) var start = LogPosition.start
    /// The position up to which changes are known.
    private(set) var through = LogPosition.start
    private var byProvider: [ProviderID: LogPosition] = [:]
    private var byCustomer: [Subject: LogPosition] = [:]
    /// The last change of each scope that was looked up, complete up to `start` at least.
    private var lookedUp: [BookingScope: LogPosition] = [:]

    /// Takes the result of a read of the changes after `position`.
    mutating func add(_ read: LogChanges, after position: LogPosition) {
        // The log has lost events.
        guard read.head >= position else { return forget(through: read.head) }
        guard read.head > through else { return }
        // Too much was written to read it, or all was forgotten while the read was under way.
        guard let changes = read.changes, position <= through else { return forget(through: read.head) }
        for change in changes where change.position > through {
            byProvider[change.provider] = change.position
            if let customer = change.customer { byCustomer[customer] = change.position }
        }
        through = read.head
        limitSize()
    }

    /// Takes the last change of a scope, which was looked up when changes were known up to `position`.
    mutating func add(_ change: LogPosition, of scope: BookingScope, after position: LogPosition) {
        guard position >= start, position <= through else { return }
        lookedUp[scope] = max(change, lookedUp[scope] ?? .start)
        limitSize()
    }

    /// Returns the last change of a scope up to `through`, or a later one; `nil` if it has to be looked up.
    func lastChange(in scope: BookingScope) -> LogPosition? {
        if scope.everything { return through }
        let changes = [
            lookedUp[scope], scope.provider.flatMap { byProvider[$0] }, scope.customer.flatMap { byCustomer[$0] },
        ]
        return changes.reduce(nil) { last, change in change.map { max($0, last ?? $0) } ?? last }
    }

    private mutating func limitSize() {
        if byProvider.count + byCustomer.count + lookedUp.count > Self.capacity { forget(through: through) }
    }

    private mutating func forget(through position: LogPosition) {
        self = KnownChanges()
        (start, through) = (position, position)
    }
}
