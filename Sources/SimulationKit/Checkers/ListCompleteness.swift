import Bookings

/// The part of `cache-fresh` about lists: a list that fits on one page holds all bookings that were acknowledged before
/// it was requested.
///
/// Replays the run in the order of its sequence numbers and keeps, for the admin and for each provider, the bookings
/// that are certainly in each list. A complete list is compared in about as many steps as it has rows, so that the whole
/// is about linear in the size of the history.
struct ListCompleteness {
    private enum Event {
        case request(History.Call, FirstPage)
        case acknowledged(VersionInterval)
        case mayBeReplaced(VersionInterval)
    }

    private var expectations: [Caller: ExpectedLists] = [:]
    private let callers: [ProviderID: Caller]
    /// The versions sorted by the end of their slot; those before `pastCount` are past at `now`.
    private let byEnd: [VersionInterval]
    private var pastCount = 0
    private var now = Timestamp.earliest

    /// Returns the lists that lack a booking.
    static func anomalies(in history: History, _ timelines: [BookingTimeline]) -> [Anomaly] {
        let versions = timelines.flatMap(\.versions).filter { $0.certainFrom < .max }
        var checker = ListCompleteness(history, versions)
        return events(history, versions).compactMap { checker.process($0) }
    }

    private init(_ history: History, _ versions: [VersionInterval]) {
        byEnd = versions.sorted { $0.row.end < $1.row.end }
        callers = Dictionary(
            history.providers.enumerated().map { ($1, .provider($0)) }, uniquingKeysWith: { first, _ in first })
    }

    private static func events(_ history: History, _ versions: [VersionInterval]) -> [Event] {
        // At equal sequence numbers a request comes first: it cannot be expected to see what is acknowledged with it.
        let requests = history.calls.compactMap { call in
            FirstPage(call).map { (call.sent, 0, Event.request(call, $0)) }
        }
        let acknowledged = versions.map { ($0.certainFrom, 1, Event.acknowledged($0)) }
        let replaceable = versions.filter { $0.certainUntil < .max }
            .map { ($0.certainUntil, 2, Event.mayBeReplaced($0)) }
        return (requests + acknowledged + replaceable).sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }

    private mutating func process(_ event: Event) -> Anomaly? {
        switch event {
        case .acknowledged(let version):
            for caller in readers(of: version) {
                expectations[caller, default: ExpectedLists()]
                    .insert(version, isPast: FirstPage.isPast(version, at: now))
            }
        case .mayBeReplaced(let version):
            for caller in readers(of: version) { expectations[caller]?.remove(version) }
        case .request(let call, let page):
            advance(to: call.at)
            return missing(in: call, page)
        }
        return nil
    }

    /// Returns the readers whose lists are checked. Customers are left out, as in `FirstPage`.
    private func readers(of version: VersionInterval) -> [Caller] {
        [.admin] + (callers[version.row.provider].map { [$0] } ?? [])
    }

    /// Moves the bookings that ended by `instant` to the past lists.
    private mutating func advance(to instant: Timestamp) {
        now = max(now, instant)
        while pastCount < byEnd.count, FirstPage.isPast(byEnd[pastCount], at: now) {
            for caller in readers(of: byEnd[pastCount]) { expectations[caller]?.moveToPast(byEnd[pastCount]) }
            pastCount += 1
        }
    }

    private func missing(in call: History.Call, _ page: FirstPage) -> Anomaly? {
        guard let expected = expectations[call.caller] else { return nil }
        let booking: BookingID? =
            switch page.list {
            case .all: expected.all.first { !page.shown.contains($0) }
            // Near the boundary between past and upcoming a booking may be in either list.
            case .upcoming:
                page.missing(from: expected.upcoming, call) { $0.row.end > call.at + FirstPage.margin }
            case .past: page.missing(from: expected.past, call) { FirstPage.isPast($0, at: call.at) }
            }
        guard let booking else { return nil }
        return Anomaly(
            "\(call.request) does not list \(booking), which was acknowledged", booking: booking, at: call.at)
    }
}

/// The bookings that are certainly in the lists of one reader.
private struct ExpectedLists {
    /// In the order of their acknowledgement. A booking stays in the list of all, whatever its status.
    private(set) var all: [BookingID] = []
    private var seen: Set<BookingID> = []
    private(set) var upcoming: [BookingID: VersionInterval] = [:]
    private(set) var past: [BookingID: VersionInterval] = [:]

    /// Adds an acknowledged version, which replaces the earlier one of the same booking.
    mutating func insert(_ version: VersionInterval, isPast: Bool) {
        if seen.insert(version.row.id).inserted { all.append(version.row.id) }
        guard version.row.status.isListed, version.isEverCertain else { return }
        if isPast { past[version.row.id] = version } else { upcoming[version.row.id] = version }
    }

    /// Removes the version, unless a later one has replaced it.
    mutating func remove(_ version: VersionInterval) {
        if upcoming[version.row.id]?.row.version == version.row.version { upcoming[version.row.id] = nil }
        if past[version.row.id]?.row.version == version.row.version { past[version.row.id] = nil }
    }

    mutating func moveToPast(_ version: VersionInterval) {
        guard upcoming[version.row.id]?.row.version == version.row.version else { return }
        past[version.row.id] = upcoming.removeValue(forKey: version.row.id)
    }
}
