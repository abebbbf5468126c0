import Bookings

/// Whether lists that fit on one page hold all that was acknowledged before they were asked for.
///
/// Goes through the run in its real order and keeps, for the admin and for each provider, what certainly stands. The
/// look at a list that is complete ends after about as many bookings as it shows, so that the whole is about linear.
struct ListCompleteness {
    private enum Event {
        case read(History.Call, FirstPage)
        case standing(VersionInterval)
        case open(VersionInterval)
    }

    private var shelves: [Caller: Shelf] = [:]
    private let callers: [ProviderID: Caller]
    /// The stages by the ends of their slots; those before `ended` are over.
    private let byEnd: [VersionInterval]
    private var ended = 0
    private var now = Timestamp.earliest

    static func find(_ history: History, _ lives: [BookingTimeline]) -> [Finding] {
        let stages = lives.flatMap(\.stages).filter { $0.certainFrom < .max }
        var run = ListCompleteness(history, stages)
        return events(history, stages).compactMap { run.take($0) }
    }

    private init(_ history: History, _ stages: [VersionInterval]) {
        byEnd = stages.sorted { $0.row.end < $1.row.end }
        callers = Dictionary(
            history.providers.enumerated().map { ($1, .provider($0)) }, uniquingKeysWith: { first, _ in first })
    }

    private static func events(_ history: History, _ stages: [VersionInterval]) -> [Event] {
        let reads = history.calls.compactMap { call in
            FirstPage(call).map { (call.sent, 0, Event.read(call, $0)) }
        }
        let standing = stages.map { ($0.certainFrom, 1, Event.standing($0)) }
        let open = stages.filter { $0.certainUntil < .max }.map { ($0.certainUntil, 2, Event.open($0)) }
        return (reads + standing + open).sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }

    private mutating func take(_ event: Event) -> Finding? {
        switch event {
        case .standing(let stage):
            for caller in readers(of: stage) {
                shelves[caller, default: Shelf()].put(stage, isOver: FirstPage.isOver(stage, at: now))
            }
        case .open(let stage):
            for caller in readers(of: stage) { shelves[caller]?.drop(stage) }
        case .read(let call, let page):
            advance(to: call.at)
            return missing(in: call, page)
        }
        return nil
    }

    private func readers(of stage: VersionInterval) -> [Caller] {
        [.admin] + (callers[stage.row.provider].map { [$0] } ?? [])
    }

    private mutating func advance(to instant: Timestamp) {
        now = max(now, instant)
        while ended < byEnd.count, FirstPage.isOver(byEnd[ended], at: now) {
            for caller in readers(of: byEnd[ended]) { shelves[caller]?.age(byEnd[ended]) }
            ended += 1
        }
    }

    private func missing(in call: History.Call, _ page: FirstPage) -> Finding? {
        guard let shelf = shelves[call.caller] else { return nil }
        let booking: BookingID? =
            switch page.list {
            case .all: shelf.known.first { !page.shown.contains($0) }
            case .upcoming: page.lacks(of: shelf.upcoming, call) { $0.row.end > call.at + FirstPage.margin }
            case .past: page.lacks(of: shelf.past, call) { FirstPage.isOver($0, at: call.at) }
            }
        guard let booking else { return nil }
        return Finding("\(call.request) lists without \(booking), which stood", booking: booking, at: call.at)
    }
}

/// What certainly stands, for one who reads.
private struct Shelf {
    /// In the order of their acknowledgement, whatever became of them.
    private(set) var known: [BookingID] = []
    private var seen: Set<BookingID> = []
    private(set) var upcoming: [BookingID: VersionInterval] = [:]
    private(set) var past: [BookingID: VersionInterval] = [:]

    mutating func put(_ stage: VersionInterval, isOver: Bool) {
        if seen.insert(stage.row.id).inserted { known.append(stage.row.id) }
        guard stage.row.status.isListed, stage.isEverCertain else { return }
        if isOver { past[stage.row.id] = stage } else { upcoming[stage.row.id] = stage }
    }

    mutating func drop(_ stage: VersionInterval) {
        if upcoming[stage.row.id]?.row.version == stage.row.version { upcoming[stage.row.id] = nil }
        if past[stage.row.id]?.row.version == stage.row.version { past[stage.row.id] = nil }
    }

    mutating func age(_ stage: VersionInterval) {
        guard upcoming[stage.row.id]?.row.version == stage.row.version else { return }
        past[stage.row.id] = upcoming.removeValue(forKey: stage.row.id)
    }
}
