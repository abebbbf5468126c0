import Bookings
import DequeModule
import NIOCore

/// Bounds the sessions that no token stands behind, for each network and in total, and all sessions together.
///
/// A new session is let in where it can be: the oldest session of its network that has not been accepted yet makes
/// room, and where all have been the oldest without a token. A flood so pushes out itself, and a client that says
/// CONNECT soon after its handshake passes through it.
struct SessionTable {
    enum Standing: Hashable, Sendable {
        /// No CONNECT was accepted yet.
        case pending
        /// Accepted without a token.
        case anonymous
        /// Accepted with a token.
        case authenticated
    }

    struct Limits: Sendable {
        /// Sessions without an accepted token, of one network and of all. Clients behind one proxy share a network.
        var anonymousOfOneNetwork = 10_000
        var anonymous = 20_000
        /// All sessions. A polling session holds some kilobytes and no descriptor, so that nothing else bounds them.
        var all = 40_000
    }

    /// The ids of one standing in the order of their arrival. Those that left it are skipped.
    private struct Arrivals {
        private var ids: Deque<Int> = []
        /// How many were left when the last ones were dropped from the middle.
        private var countAfterDropping = 32

        mutating func append(_ id: Int, isCurrent: (Int) -> Bool) {
            ids.append(id)
            trim(isCurrent)
            guard ids.count > 2 * countAfterDropping else { return }
            ids = Deque(ids.filter(isCurrent))
            countAfterDropping = max(32, ids.count)
        }

        mutating func oldest(isCurrent: (Int) -> Bool) -> Int? {
            trim(isCurrent)
            return ids.first
        }

        private mutating func trim(_ isCurrent: (Int) -> Bool) {
            while let first = ids.first, !isCurrent(first) { ids.removeFirst() }
        }
    }

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
        /// Accepted in place of another session, which is to be closed.
        case replaces(Int)
        /// There is no room, and none to be made.
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

    /// The one that is to make room; `network` nil: of all.
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

/// Where a client connects from, as far as one party can be told from another: an IPv4 address, or the first 64 bits
/// of an IPv6 address, since whoever has one of these has them all.
struct ClientNetwork: Hashable, Sendable {
    private let bytes: [UInt8]

    /// `address`: an IP address as text; nil when it is not known.
    init(_ address: String?) {
        guard let address, let parsed = try? SocketAddress(ipAddress: address, port: 0) else {
            bytes = []
            return
        }
        switch parsed {
        case .v4(let address): bytes = withUnsafeBytes(of: address.address.sin_addr) { Array($0) }
        case .v6(let address):
            let all = withUnsafeBytes(of: address.address.sin6_addr) { Array($0) }
            let isMapped = all.prefix(12).elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff])
            bytes = isMapped ? Array(all.suffix(4)) : Array(all.prefix(8))
        case .unixDomainSocket: bytes = []
        }
    }
}
