import Bookings

/// The marks that are counted in the requests and answers.
extension CoverageMark {
    static let conflict = CoverageMark("conflict", "a slot was refused because it was taken") {
        $0.writes.count(where: \.isConflict)
    }
    static let preconditionFailed = CoverageMark("precondition-failed", "an If-Match named another version") {
        $0.writes.count { $0.status == 412 && !$0.isReplay }
    }
    static let replay = CoverageMark("replay", "a repeated key was answered with the stored answer") {
        $0.writes.count(where: \.isReplay)
    }
    static let requestInProgress = CoverageMark(
        "request-in-progress", "a key was used while its first request was being executed",
        // Both stores make the second request wait for the first. A deployed service of another kind may refuse it.
        isRequired: false
    ) { $0.writes.count(where: \.isInProgress) }
    static let unknownOutcome = CoverageMark("unknown-outcome", "a write had an unknown outcome") {
        $0.writes.count(where: \.hasUnknownOutcome)
    }
    static let repeatOfAction = CoverageMark("repeat-of-action", "a repeated action changed nothing") {
        repeatedActions($0.writes)
    }
    static let raceWonByOne = CoverageMark(
        "race-won-by-one", "of concurrent requests for one slot one succeeded and another was refused"
    ) { racesWon($0.writes) }
    static let replayAfterLostAnswer = CoverageMark(
        "replay-after-lost-answer", "a key whose first answer was lost was answered with the stored answer"
    ) { retries($0.writes).count { call, before in call.isReplay && before.contains(where: \.hasUnknownOutcome) } }
    static let retryOnAnotherReplica = CoverageMark(
        "retry-on-another-replica", "a request was repeated with its key on another replica"
    ) { retries($0.writes).count { call, before in before.contains { $0.replica != call.replica } } }
}

extension History {
    fileprivate var writes: [Call] { calls.filter(\.isWrite) }
}

/// Returns how many actions were answered with a version that had been acknowledged before.
private func repeatedActions(_ writes: [History.Call]) -> Int {
    var seen: Set<VersionKey> = []
    return writes.sorted { $0.answered < $1.answered }.count { call in
        guard call.isSuccess, !call.isReplay, let row = call.row else { return false }
        let isNew = seen.insert(VersionKey(booking: row.id, version: row.version)).inserted
        return !isNew && call.kind != .create
    }
}

/// Returns how many requests got a slot while a concurrent request for the same slot was refused.
private func racesWon(_ writes: [History.Call]) -> Int {
    struct Contended: Hashable { let provider: ProviderID, slot: TimeSlot }
    let contenders = writes.filter {
        $0.provider != nil && $0.requestedSlot != nil && ($0.isSuccess || $0.isConflict)
    }
    let races = Dictionary(grouping: contenders) { call in
        call.provider.flatMap { provider in call.requestedSlot.map { Contended(provider: provider, slot: $0) } }
    }
    return races.values.reduce(0) { count, race in
        let refused = race.filter(\.isConflict)
        let won = race.filter { $0.isSuccess && !$0.isReplay }
        return count + won.count { won in refused.contains { $0.sent < won.answered && won.sent < $0.answered } }
    }
}

/// Returns the writes with a key, each with the earlier calls that used the same key.
private func retries(_ writes: [History.Call]) -> [(call: History.Call, before: [History.Call])] {
    struct Key: Hashable { let caller: Caller, key: String, kind: History.Call.Kind }
    var uses: [Key: [History.Call]] = [:]
    return writes.sorted { $0.sent < $1.sent }.compactMap { call in
        guard let name = call.key else { return nil }
        let key = Key(caller: call.caller, key: name, kind: call.kind)
        defer { uses[key, default: []].append(call) }
        return (call, uses[key] ?? [])
    }
}
