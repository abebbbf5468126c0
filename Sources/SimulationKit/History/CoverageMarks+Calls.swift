import Bookings

extension CoverageMark {
    static func countCalls(_ history: History) -> [CoverageMark: Int] {
        let writes = history.calls.filter(\.isWrite)
        return [
            .conflict: writes.count(where: \.isConflict),
            .preconditionFailed: writes.count { $0.status == 412 && !$0.isReplay },
            .replay: writes.count(where: \.isReplay),
            .requestInProgress: writes.count(where: \.isInProgress),
            .unknownOutcome: writes.count(where: \.isUnknown),
            .repeatOfAction: repeats(writes),
            .raceWonByOne: racesWon(writes),
        ]
    }

    /// Actions that were answered with a version that was there before.
    private static func repeats(_ writes: [History.Call]) -> Int {
        var seen: Set<VersionKey> = []
        return writes.sorted { $0.answered < $1.answered }.count { call in
            guard call.isSuccess, !call.isReplay, let row = call.row else { return false }
            let isNew = seen.insert(VersionKey(booking: row.id, version: row.version)).inserted
            return !isNew && call.kind != .create
        }
    }

    /// Successes for a slot while another request for it, under way at the same moment, was refused.
    private static func racesWon(_ writes: [History.Call]) -> Int {
        struct Prize: Hashable { let provider: ProviderID, slot: TimeSlot }
        let contenders = writes.filter { $0.provider != nil && $0.wished != nil && ($0.isSuccess || $0.isConflict) }
        let races = Dictionary(grouping: contenders) { call in
            call.provider.flatMap { provider in call.wished.map { Prize(provider: provider, slot: $0) } }
        }
        return races.values.reduce(0) { count, race in
            let refused = race.filter(\.isConflict)
            let won = race.filter { $0.isSuccess && !$0.isReplay }
            return count
                + won.count { won in refused.contains { $0.sent < won.answered && won.sent < $0.answered } }
        }
    }

    static func countRetries(_ history: History) -> [CoverageMark: Int] {
        struct Use: Hashable { let caller: Caller, key: String, kind: History.Call.Kind }
        var uses: [Use: [History.Call]] = [:]
        var counts: [CoverageMark: Int] = [:]
        for call in history.calls.sorted(by: { $0.sent < $1.sent }) where call.isWrite {
            guard let key = call.key else { continue }
            let use = Use(caller: call.caller, key: key, kind: call.kind)
            let before = uses[use] ?? []
            uses[use, default: []].append(call)
            if call.isReplay, before.contains(where: \.isUnknown) { counts[.replayAfterLostAnswer, default: 0] += 1 }
            if before.contains(where: { $0.replica != call.replica }) {
                counts[.retryOnAnotherReplica, default: 0] += 1
            }
        }
        return counts
    }
}
