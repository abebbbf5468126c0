import Bookings

extension Checker {
    /// Counts the requests of each caller in each window, in the order of their answers. With Redis the replicas count
    /// together; without it each counts for itself.
    static let rateLimit = Checker(
        "rate-limit", "No caller gets more than its limit in a window, and none is refused before."
    ) { history in
        guard let limit = history.rateLimit else { return [] }
        let requests = history.exchanges.filter { $0.caller != nil && $0.status != nil }
        let windows = Dictionary(grouping: requests) { request in
            Window(
                caller: request.caller, replica: limit.isShared ? nil : request.replica,
                number: request.at.milliseconds / (limit.seconds * 1000))
        }
        return windows.values.sorted { $0[0].sent < $1[0].sent }.compactMap { anomaly($0, limit, history) }
    }
}

private struct Window: Hashable { let caller: Caller?, replica: Int?, number: Int64 }

private func anomaly(_ requests: [History.Exchange], _ limit: History.RateLimit, _ history: History) -> Anomaly? {
    let passed = requests.count { $0.status != 429 }
    let refused = requests.count - passed
    let at = requests[0].at
    let caller = requests[0].caller?.description ?? ""
    let length = Duration.seconds(Int(limit.seconds))
    let begin = Timestamp(milliseconds: at.milliseconds / length.wholeMilliseconds * length.wholeMilliseconds)
    let isNearFault = history.faultPeriods.contains {
        $0.from <= begin + length && $0.until + DegradedPeriods.recovery >= begin
    }
    // While Redis is away, each replica counts alone; counts that it lost begin anew.
    let most = isNearFault ? limit.requests * (history.replicas + 1) : limit.requests
    if passed > most { return Anomaly("\(caller) got \(passed) answers in a window for \(limit.requests)", at: at) }
    if refused > 0, passed < limit.requests, !isNearFault {
        return Anomaly("\(caller) was refused after \(passed) of \(limit.requests) requests in a window", at: at)
    }
    return nil
}
