import Bookings
import DequeModule

/// The order in which long lists are executed: which caller gets which connection, and when.
///
/// An owner has at most one connection at a time, so that one owner cannot take all of them, and a bounded number of
/// requests. Among the owners that have none the first caller goes first. The state is pure; `LongLists` performs it.
struct LongListQueue {
    /// Identifies a request.
    typealias Ticket = Int

    /// What becomes of a request.
    enum Admission: Hashable, Sendable {
        case run(connection: Int)
        case wait
        /// The owner, or all owners together, have too many requests.
        case reject
    }

    /// A waiting request that is to be executed now.
    struct Start: Hashable, Sendable {
        let ticket: Ticket
        let connection: Int
    }

    /// The most requests of one owner, executed or waiting. Far more than have their turn in time when each takes as long
    /// as it may: after a short stop of the database, lists that are short otherwise wait here too.
    static let maximumOfOwner = 32
    /// The most requests that wait, of all owners together; each until its deadline.
    static let maximumWaiting = 256

    private var freeConnections: Deque<Int>
    private var running: [Ticket: (owner: BookingScope, connection: Int)] = [:]
    private var waiting: Deque<(ticket: Ticket, owner: BookingScope)> = []

    /// Creates a queue for connections that are numbered from 0.
    init(connections: Int) {
        freeConnections = Deque(0..<connections)
    }

    mutating func submit(_ ticket: Ticket, owner: BookingScope) -> Admission {
        let ofOwner = running.values.count { $0.owner == owner } + waiting.count { $0.owner == owner }
        guard ofOwner < Self.maximumOfOwner, waiting.count < Self.maximumWaiting else { return .reject }
        guard !isRunning(owner), let connection = freeConnections.popFirst() else {
            waiting.append((ticket, owner))
            return .wait
        }
        running[ticket] = (owner, connection)
        return .run(connection: connection)
    }

    /// A request has been executed. Returns those that are to be executed next.
    mutating func finished(_ ticket: Ticket) -> [Start] {
        guard let finished = running.removeValue(forKey: ticket) else { return [] }
        freeConnections.append(finished.connection)
        var started: [Start] = []
        while !freeConnections.isEmpty, let index = waiting.firstIndex(where: { !isRunning($0.owner) }) {
            let next = waiting.remove(at: index)
            let connection = freeConnections.removeFirst()
            running[next.ticket] = (next.owner, connection)
            started.append(Start(ticket: next.ticket, connection: connection))
        }
        return started
    }

    /// The caller of a request has given up. Returns whether the request was still waiting.
    mutating func abandon(_ ticket: Ticket) -> Bool {
        guard let index = waiting.firstIndex(where: { $0.ticket == ticket }) else { return false }
        waiting.remove(at: index)
        return true
    }

    private func isRunning(_ owner: BookingScope) -> Bool {
        running.values.contains { $0.owner == owner }
    }
}
