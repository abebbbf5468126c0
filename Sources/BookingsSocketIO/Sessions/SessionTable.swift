import Bookings
import DequeModule

/// Limits the sessions without an accepted token, for each network and in total, and all sessions together.
///
/// At a limit a new session replaces the oldest session of its network that has not been accepted yet, and when all have
/// been accepted, the oldest one without a token. So a flood of handshakes replaces its own sessions, while a client that
/// sends CONNECT soon after its handshake gets through.
struct SessionTable {
    /// How far a session has been accepted.
    enum Standing: Hashable, Sendable {
        /// No CONNECT has been accepted yet.
        case pending
        /// Accepted without a token.
        case anonymous
        /// Accepted with a token.
        case authenticated
    }

    struct Limits: Sendable {
        /// Sessions of one network without an accepted token. Clients behind one proxy share a network.
        var anonymousOfOneNetwork = 10_000
        /// Sessions without an accepted token.
        var anonymous = 20_000
        /// All sessions. A polling session occupies a few kilobytes and no file descriptor, so nothing else limits them.
        var all = 40_000
    }

    /// The ids of the sessions of one standing in the order in which they got it. Ids that left it are skipped.
    private struct Arrivals {
        private var ids: Deque<Int> = []
        /// The number of ids after those that left were last removed from the middle.
        private var countAfterCompacting = 32

        mutating func append(_ id: Int, isCurrent: (Int) -> Bool) {
            ids.append(id)
            trim(isCurrent)
            guard ids.count > 2 * countAfterCompacting else { return }
            ids = Deque(ids.filter(isCurrent))
            countAfterCompacting = max(32, ids.count)
        }

        mutating func oldest(isCurrent: (Int) -> Bool) -> Int? {
            trim(isCurrent)
            return ids.first
        }

        private mutating func trim(_ isCurrent: (Int) -> Bool) {
            while let first = ids.first, !isCurrent(first) { ids.removeFirst() }
        }
    }

    /// The sessions of one network, or of all, that have no accepted token.
    private struct Group {
        var count = 0
        var pending = Arrivals()
        var anonymous = Arrivals()
    }

    private let limits: Limits
    private var sessions: [Int: (network: ClientNetwork, standing: Standing)] = [:]
    private var networks: [ClientNetwork: Group] = [:]
    private var everyone = Group()

    init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    var count: Int { sessions.count }

    func standing(of id: Int) -> Standing? { sessions[id]?.standing }

    enum Decision: Hashable, Sendable {
        case accepted
        /// Accepted in place of another session, which must be closed.
        case replaces(Int)
        /// The limit is reached, and no session can be replaced.
        case refused
    }

    mutating func open(_ id: Int, from network: ClientNetwork) -> Decision {
        var evicted: Int?
        if (networks[network]?.count ?? 0) >= limits.anonymousOfOneNetwork {
            evicted = oldest(of: network)
        } else if everyone.count >= limits.anonymous || sessions.count >= limits.all {
            evicted = oldest(of: nil)
            if evicted == nil { return .refused }
        }
        if let evicted { close(evicted) }
        enter(id, .pending, network)
        return evicted.map { .replaces($0) } ?? .accepted
    }

    mutating func set(_ id: Int, _ standing: Standing) {
        guard let session = sessions[id], session.standing != standing else { return }
        close(id)
        enter(id, standing, session.network)
    }

    mutating func close(_ id: Int) {
        guard let (network, standing) = sessions.removeValue(forKey: id), standing != .authenticated else { return }
        everyone.count -= 1
        networks[network]?.count -= 1
        if networks[network]?.count == 0 { networks[network] = nil }
    }

    private mutating func enter(_ id: Int, _ standing: Standing, _ network: ClientNetwork) {
        sessions[id] = (network, standing)
        guard standing != .authenticated else { return }
        let isCurrent = { [sessions] (id: Int) in sessions[id]?.standing == standing }
        func add(to group: inout Group) {
            group.count += 1
            if standing == .pending {
                group.pending.append(id, isCurrent: isCurrent)
            } else {
                group.anonymous.append(id, isCurrent: isCurrent)
            }
        }
        add(to: &everyone)
        add(to: &networks[network, default: Group()])
    }

    /// Returns the session to replace: of a network, or of all when `network` is `nil`.
    private mutating func oldest(of network: ClientNetwork?) -> Int? {
        let sessions = sessions
        func oldest(in group: inout Group) -> Int? {
            group.pending.oldest { sessions[$0]?.standing == .pending }
                ?? group.anonymous.oldest { sessions[$0]?.standing == .anonymous }
        }
        guard let network else { return oldest(in: &everyone) }
        return networks[network] == nil ? nil : oldest(in: &networks[network, default: Group()])
    }
}
