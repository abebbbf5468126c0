import Bookings

/// The operations of a history, by provider.
///
/// A request without a known outcome is taken as executed when the histories of the bookings name it, and left out when
/// they are known and do not. Replayed answers are left to `idempotent`.
struct ProviderPartitions {
    private let history: History
    /// The provider and the customer of each booking.
    private var owners: [BookingID: (provider: ProviderID, customer: String?)] = [:]
    private var partitions: [ProviderID: ProviderPartition] = [:]

    /// The providers of bookings whose history could not be read after the run: what was executed there is not known.
    var unreadable: Set<ProviderID> {
        Set(history.finalStates.values.filter { $0.requests.count < $0.row.version }.map(\.row.provider))
    }

    /// In the order of the providers.
    var sorted: [ProviderPartition] { partitions.sorted { $0.key < $1.key }.map(\.value) }

    init(_ history: History) {
        self.history = history
        let model = BookingModel(history)
        for timeline in BookingTimeline.all(in: history) {
            if let booking = model[timeline.booking, 1]?.booking {
                owners[booking.id] = (booking.providerID, booking.customerID?.text)
            } else if let provider = timeline.provider {
                owners[timeline.booking] = (provider, timeline.customer)
            }
        }
        var unknown = UnknownWrites(history, model)
        for call in history.calls.sorted(by: { $0.sent < $1.sent }) { add(call, &unknown) }
    }

    private mutating func add(_ call: History.Call, _ unknown: inout UnknownWrites) {
        switch call.kind {
        case .flawedToken: return
        case .list: return addList(call)
        case .create, .act, .read, .history: break
        }
        guard !call.isReplay else { return }
        if call.isWrite, call.hasUnknownOutcome {
            for write in unknown.take(by: call) { add(write, call) }
            return
        }
        guard let outcome = outcome(of: call),
            let provider = call.booking.flatMap({ owners[$0]?.provider }) ?? call.provider
        else { return }
        append(outcome, of: call, to: provider, returned: call.answered)
    }

    private mutating func add(_ write: UnknownWrites.Write, _ call: History.Call) {
        let outcome: ProviderOperation.Outcome =
            switch call.kind {
            case .act(let action): .changed(write.booking.id, wish(call, action), ProviderState.Entry(write.booking))
            default: .created(write.booking.id, ProviderState.Entry(write.booking))
            }
        append(outcome, of: call, to: write.booking.providerID, returned: write.shown)
    }

    private mutating func append(
        _ outcome: ProviderOperation.Outcome, of call: History.Call, to provider: ProviderID, returned: Int
    ) {
        let answer = call.row.map { "version \($0.version)" } ?? call.status.map { "\($0)" } ?? "no answer"
        partitions[provider, default: ProviderPartition(provider: provider)].operations.append(
            ProviderOperation(
                name: "\(call.request) (\(call.kind.word): \(answer))", outcome: outcome, invoked: call.sent,
                returned: returned))
    }

    // MARK: - Outcomes

    /// Returns `nil` for an answer that the state does not decide: an invalid request, a failed one, a refused token.
    private func outcome(of call: History.Call) -> ProviderOperation.Outcome? {
        if call.kind == .create { return created(call) }
        guard let id = call.booking, let status = call.status else { return nil }
        let access = owners[id].map { Access(call, customer: $0.customer, provider: $0.provider, history) }
        switch (status, access) {
        case (200, .allowed?): return success(call, id)
        case (304, .allowed?): return call.match.map { .versionShown(id, $0) }
        case (404, .allowed?): return .absent(id)
        case (404, .hidden?), (403, .forbidden?), (404, nil): return nil
        case (200, .forbidden?), (200, .hidden?), (304, _), (403, _), (404, _): return .impossible
        case (409, _): return refusal(call, id)
        case (412, _): return wish(call).map { .preconditionFailed(id, $0) }
        default: return nil
        }
    }

    private func created(_ call: History.Call) -> ProviderOperation.Outcome? {
        if call.isSuccess { return call.row.map { .created($0.id, ProviderState.Entry($0)) } }
        return call.isConflict ? conflict(call, nil, wish(call, .create)) : nil
    }

    private func success(_ call: History.Call, _ id: BookingID) -> ProviderOperation.Outcome? {
        switch call.kind {
        case .act(let action): call.row.map { .changed(id, wish(call, action), ProviderState.Entry($0)) }
        case .read: call.row.map { .shown(id, ProviderState.Entry($0)) }
        case .history: entries(call).map { .versionShown(id, $0) }
        case .create, .list, .flawedToken: nil
        }
    }

    private func refusal(_ call: History.Call, _ id: BookingID) -> ProviderOperation.Outcome? {
        guard let wish = wish(call), !call.isInProgress else { return nil }
        return call.isConflict ? conflict(call, id, wish) : .illegal(id, wish)
    }

    private func conflict(
        _ call: History.Call, _ id: BookingID?, _ wish: ProviderOperation.Wish
    ) -> ProviderOperation.Outcome? {
        // A problem without its slots is left to `contract`.
        guard let json = try? JSONValue.parse(call.body.utf8), let blocking = json["blocking"]?.slot,
            let nextFree = json["next_free"]?.slot
        else { return nil }
        return .conflict(id, wish, blocking: blocking, nextFree: nextFree)
    }

    private func entries(_ call: History.Call) -> Int? {
        guard case .array(let entries)? = (try? JSONValue.parse(call.body.utf8))?["data"] else { return nil }
        return entries.count
    }

    private func wish(_ call: History.Call) -> ProviderOperation.Wish? {
        if case .act(let action) = call.kind { wish(call, action) } else { nil }
    }

    private func wish(_ call: History.Call, _ action: ActionName) -> ProviderOperation.Wish {
        let tolerance = history.clockTolerance
        return ProviderOperation.Wish(
            action: action, slot: call.requestedSlot, match: call.match,
            instants: call.at - tolerance...call.at + tolerance)
    }

    // MARK: - Lists

    private mutating func addList(_ call: History.Call) {
        guard let list = AnswerShape.list(of: call.kind), call.isSuccess, let rows = call.rows else { return }
        let isComplete = FirstPage(call) != nil
        let byProvider = Dictionary(grouping: rows, by: \.provider)
        for provider in history.providers where reads(call.caller, provider) {
            let shown = (byProvider[provider] ?? []).map { ($0.id, ProviderState.Entry($0)) }
            guard isComplete || !shown.isEmpty else { continue }
            let rows = ListedRows(
                shown: Dictionary(shown, uniquingKeysWith: { first, _ in first }), list: list, instant: call.at,
                isComplete: isComplete)
            append(.listed(rows), of: call, to: provider, returned: call.answered)
        }
    }

    /// Whether the caller's lists have all bookings of the provider.
    private func reads(_ caller: Caller, _ provider: ProviderID) -> Bool {
        switch caller {
        case .admin, .customer: true
        case .provider(let index): history.providerID(index) == provider
        case .world: false
        }
    }
}

extension ProviderState.Entry {
    init(_ row: History.Row) {
        self.init(version: row.version, status: row.status, slot: row.slot, customer: row.customer)
    }

    init(_ booking: Booking) {
        self.init(
            version: booking.version, status: booking.status, slot: booking.slot, customer: booking.customerID?.text)
    }
}

extension AnswerShape {
    /// The list that the call reads; `nil` for another call.
    static func list(of kind: History.Call.Kind) -> BookingList? {
        guard case .list(let target) = kind else { return nil }
        return switch target.prefix(while: { $0 != "?" }) {
        case "/bookings": .all
        case "/bookings/upcoming": .upcoming
        case "/bookings/past": .past
        default: nil
        }
    }
}

extension History.Call.Kind {
    fileprivate var word: String {
        switch self {
        case .create: "create"
        case .act(let action): action.rawValue
        case .read: "read"
        case .history: "history"
        case .list: "list"
        case .flawedToken: "flawed token"
        }
    }
}
