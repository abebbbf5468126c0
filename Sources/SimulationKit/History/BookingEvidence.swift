import Bookings

/// Everything that a history tells about one booking, by version.
struct BookingEvidence {
    /// The acknowledged writes, and those without a known outcome that the final state proves to have been executed.
    var writes: [(version: Int, call: History.Call)] = []
    /// The writes without a known outcome, when the final state was not read.
    var indeterminate: [History.Call] = []
    /// The booking as an answer or the final state showed it.
    var rows: [Int: History.Row] = [:]
    /// The sequence number of the first answer that acknowledged the version to its writer.
    var acknowledged: [Int: Int] = [:]
    /// The sequence number of the first answer of any kind that showed the version.
    var shown: [Int: Int] = [:]
    /// When the version was made, by the event log.
    var occurred: [Int: Timestamp] = [:]
    var finalState: History.FinalState?

    var versions: Set<Int> { Set(rows.keys).union(writes.map(\.version)) }

    /// Returns the calls that may have made the version: those of the request that the booking's history names, or all
    /// writes that showed the version when it names none.
    func makers(of version: Int) -> [History.Call] {
        let candidates = writes.filter { $0.version == version && !$0.call.isReplay }.map(\.call)
        guard let finalState, finalState.requests.indices.contains(version - 1) else { return candidates }
        let named = candidates.filter { $0.request == finalState.requests[version - 1] }
        return named.isEmpty ? candidates : named
    }
}

/// The evidence of all bookings, gathered in one pass over each part of the history.
struct BookingEvidenceIndex {
    private var evidence: [BookingID: BookingEvidence] = [:]
    /// The versions that each request made, by the bookings' histories.
    private var executed: [String: [VersionKey]] = [:]

    var bookings: [BookingID] { Array(evidence.keys) }
    subscript(booking: BookingID) -> BookingEvidence { evidence[booking] ?? BookingEvidence() }

    init(_ history: History) {
        for (booking, final) in history.finalStates { add(final, of: booking) }
        for call in history.calls where call.isWrite { add(write: call) }
        for call in history.calls {
            for row in call.shownRows { add(shown: row, at: call.answered) }
        }
        for entry in history.log where !entry.isReminder {
            guard let booking = entry.booking, let version = entry.version else { continue }
            evidence[booking]?.occurred[version] = entry.occurredAt
        }
    }

    private mutating func add(_ final: History.FinalState, of booking: BookingID) {
        evidence[booking, default: BookingEvidence()].finalState = final
        evidence[booking]?.rows[final.row.version] = final.row
        for (index, request) in final.requests.enumerated() {
            executed[request, default: []].append(VersionKey(booking: booking, version: index + 1))
        }
    }

    private mutating func add(write call: History.Call) {
        if call.isSuccess, let row = call.row {
            evidence[row.id, default: BookingEvidence()].writes.append((row.version, call))
            let first = evidence[row.id]?.acknowledged[row.version] ?? .max
            evidence[row.id]?.acknowledged[row.version] = min(first, call.answered)
        } else if call.hasUnknownOutcome {
            add(unknown: call)
        }
    }

    private mutating func add(unknown call: History.Call) {
        let made = (executed[call.request] ?? []).filter { call.booking == nil || call.booking == $0.booking }
        for key in made {
            evidence[key.booking]?.writes.append((key.version, call.addressing(key.booking)))
        }
        if let booking = call.booking, made.isEmpty, evidence[booking]?.finalState == nil {
            evidence[booking, default: BookingEvidence()].indeterminate.append(call)
        }
    }

    /// Ignores bookings that neither a write nor the final state names: they are not of this run.
    private mutating func add(shown row: History.Row, at answered: Int) {
        guard evidence[row.id] != nil else { return }
        if evidence[row.id]?.rows[row.version] == nil { evidence[row.id]?.rows[row.version] = row }
        let first = evidence[row.id]?.shown[row.version] ?? .max
        if answered < first { evidence[row.id]?.shown[row.version] = answered }
    }
}

extension History.Call {
    /// Returns the same call with the booking that it is now known to have made.
    fileprivate func addressing(_ booking: BookingID) -> History.Call {
        History.Call(
            request: request, caller: caller, replica: replica, kind: kind, booking: booking, provider: provider,
            requestedSlot: requestedSlot, key: key, match: match, sent: sent, answered: answered, at: at,
            status: status, isReplay: isReplay, row: row, rows: rows, body: body)
    }
}
