import Bookings

/// The writes without an answer that the histories of the bookings show to have been executed.
struct UnknownWrites {
    struct Write {
        /// The booking in the version that the write made.
        let booking: Booking
        /// The sequence number of the first answer that shows the version or a later one.
        let shown: Int
    }

    private var writes: [String: [Write]] = [:]

    init(_ history: History, _ model: BookingModel) {
        let shown = FirstShown.all(in: history)
        // Contenders that are alike share a request id: when one was answered, it was that one which made the version.
        let answered = Set(
            history.calls.filter { $0.isWrite && $0.isSuccess && !$0.isReplay }.compactMap { call in
                call.row.map { Maker(request: call.request, booking: $0.id, version: $0.version) }
            })
        for (id, final) in history.finalStates {
            for version in model.versions(of: id) where final.requests.indices.contains(version.booking.version - 1) {
                let number = version.booking.version
                let maker = Maker(request: final.requests[number - 1], booking: id, version: number)
                guard !answered.contains(maker) else { continue }
                writes[maker.request, default: []].append(
                    Write(booking: version.booking, shown: shown[id]?.from(number) ?? .max))
            }
        }
    }

    private struct Maker: Hashable { let request: String, booking: BookingID, version: Int }

    /// Returns what the request made; nothing when it was not executed.
    ///
    /// Contenders that are alike share a request id, and only one of them made the version: it is returned once. Ask in the
    /// order of sending, so that the bound on its beginning is the weakest.
    mutating func take(by call: History.Call) -> [Write] {
        let made = (writes[call.request] ?? []).filter { call.booking == nil || call.booking == $0.booking.id }
        writes[call.request]?.removeAll { call.booking == nil || call.booking == $0.booking.id }
        return made
    }
}

/// The first answers that show the versions of a booking.
private struct FirstShown {
    private var answers: [Int: Int] = [:]

    /// Returns the sequence number of the first answer that shows the version or a later one.
    func from(_ version: Int) -> Int { answers.filter { $0.key >= version }.values.min() ?? .max }

    static func all(in history: History) -> [BookingID: FirstShown] {
        var shown: [BookingID: FirstShown] = [:]
        for call in history.calls where !call.isReplay {
            for row in call.shownRows {
                let known = shown[row.id]?.answers[row.version] ?? .max
                shown[row.id, default: FirstShown()].answers[row.version] = min(known, call.answered)
            }
        }
        return shown
    }
}
