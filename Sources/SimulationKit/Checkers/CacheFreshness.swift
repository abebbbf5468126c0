import Bookings

/// Reads that are older than what was acknowledged before they began.
enum CacheFreshness {
    static func find(_ history: History) -> [Finding] {
        let lives = Lives.of(history)
        let known = Dictionary(uniqueKeysWithValues: lives.map { ($0.booking, $0.acknowledgements) })
        return stale(history, known) + notFound(history, lives)
            + ListCompleteness.find(history, lives)
    }

    private static func stale(_ history: History, _ known: [BookingID: [BookingTimeline.Acknowledgement]]) -> [Finding]
    {
        history.calls.flatMap { call -> [Finding] in
            guard !call.isWrite, call.isSuccess else { return [] }
            let rows = (call.row.map { [$0] } ?? []) + (call.rows ?? [])
            return rows.compactMap { row in
                let version = known[row.id]?.version(before: call.sent) ?? 0
                guard row.version < version else { return nil }
                return Finding(
                    "\(call.request) shows version \(row.version) of \(row.id), \(version) was acknowledged",
                    booking: row.id, at: call.at)
            }
        }
    }

    private static func notFound(_ history: History, _ lives: [BookingTimeline]) -> [Finding] {
        let lives = Dictionary(uniqueKeysWithValues: lives.map { ($0.booking, $0) })
        return history.calls.compactMap { call in
            guard call.kind == .read, call.status == 404, let life = call.booking.flatMap({ lives[$0] }),
                life.knownFrom < call.sent,
                history.maySee(call.caller, provider: life.provider, customer: life.customer)
            else { return nil }
            return Finding(
                "\(call.request) finds no \(life.booking), which was acknowledged", booking: life.booking, at: call.at)
        }
    }
}

extension BookingTimeline {
    struct Acknowledgement {
        let answered: Int
        /// The newest that was acknowledged by then.
        let version: Int
    }

    /// By the time of the answer.
    fileprivate var acknowledgements: [Acknowledgement] {
        var newest = 0
        return stages.filter { $0.certainFrom < .max }.sorted { $0.certainFrom < $1.certainFrom }.map { stage in
            newest = max(newest, stage.row.version)
            return Acknowledgement(answered: stage.certainFrom, version: newest)
        }
    }
}

extension [BookingTimeline.Acknowledgement] {
    fileprivate func version(before sent: Int) -> Int? {
        let later = bound { $0.answered >= sent }
        return later > 0 ? self[later - 1].version : nil
    }
}
