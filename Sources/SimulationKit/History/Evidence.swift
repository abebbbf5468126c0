import Bookings

extension Lives {
    /// What is known of one booking.
    struct Evidence {
        /// Acknowledged writes, and those of unknown outcome of which the end tells that they were done.
        var writes: [(version: Int, call: History.Call)] = []
        /// Writes of unknown outcome of which nothing tells.
        var open: [History.Call] = []
        var rows: [Int: History.Row] = [:]
        /// The first acknowledgement of each version, and the first answer of any kind that showed it.
        var acknowledged: [Int: Int] = [:]
        var shown: [Int: Int] = [:]
        /// When the log says that each version came to be.
        var occurred: [Int: Timestamp] = [:]
        var final: History.Final?

        var versions: Set<Int> { Set(rows.keys).union(writes.map(\.version)) }

        /// The calls that may have made the version: those of the request that the booking's history names, else all
        /// that showed it.
        func makers(of version: Int) -> [History.Call] {
            let candidates = writes.filter { $0.version == version && !$0.call.isReplay }.map(\.call)
            guard let final, final.requests.indices.contains(version - 1) else { return candidates }
            let named = candidates.filter { $0.request == final.requests[version - 1] }
            return named.isEmpty ? candidates : named
        }
    }
}

extension Lives {
    /// All that a history tells of its bookings, gathered in one pass over each of its parts.
    struct Gathered {
        private var evidence: [BookingID: Evidence] = [:]
        /// The bookings that requests made or changed, as the bookings' histories say.
        private var done: [String: [VersionKey]] = [:]

        var bookings: [BookingID] { Array(evidence.keys) }
        subscript(booking: BookingID) -> Evidence { evidence[booking] ?? Evidence() }

        init(_ history: History) {
            for (booking, final) in history.finals { gather(final, of: booking) }
            for call in history.calls where call.isWrite { gather(write: call) }
            for call in history.calls {
                for row in call.row.map({ [$0] }) ?? call.rows ?? [] { gather(shown: row, at: call.answered) }
            }
            for logged in history.log where !logged.isReminder {
                guard let booking = logged.booking, let version = logged.version else { continue }
                evidence[booking]?.occurred[version] = logged.occurredAt
            }
        }

        private mutating func gather(_ final: History.Final, of booking: BookingID) {
            evidence[booking, default: Evidence()].final = final
            evidence[booking]?.rows[final.row.version] = final.row
            for (index, request) in final.requests.enumerated() {
                done[request, default: []].append(VersionKey(booking: booking, version: index + 1))
            }
        }

        private mutating func gather(write call: History.Call) {
            if call.isSuccess, let row = call.row {
                evidence[row.id, default: Evidence()].writes.append((row.version, call))
                let first = evidence[row.id]?.acknowledged[row.version] ?? .max
                evidence[row.id]?.acknowledged[row.version] = min(first, call.answered)
            } else if call.isUnknown {
                gather(unknown: call)
            }
        }

        private mutating func gather(unknown call: History.Call) {
            let made = (done[call.request] ?? []).filter { call.booking == nil || call.booking == $0.booking }
            for key in made {
                evidence[key.booking]?.writes.append((key.version, call.addressing(key.booking)))
            }
            if let booking = call.booking, made.isEmpty, evidence[booking]?.final == nil {
                evidence[booking, default: Evidence()].open.append(call)
            }
        }

        /// A row of a booking of which no write or end tells is none of ours.
        private mutating func gather(shown row: History.Row, at answered: Int) {
            guard evidence[row.id] != nil else { return }
            if evidence[row.id]?.rows[row.version] == nil { evidence[row.id]?.rows[row.version] = row }
            let first = evidence[row.id]?.shown[row.version] ?? .max
            if answered < first { evidence[row.id]?.shown[row.version] = answered }
        }
    }
}

extension History.Call {
    /// The same call, with the booking that it turned out to have made.
    fileprivate func addressing(_ booking: BookingID) -> History.Call {
        History.Call(
            request: request, caller: caller, replica: replica, kind: kind, booking: booking, provider: provider,
            wished: wished, key: key, match: match, sent: sent, answered: answered, at: at, status: status,
            isReplay: isReplay, row: row, rows: rows, text: text)
    }
}
