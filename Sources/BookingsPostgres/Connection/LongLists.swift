import Bookings
import Dispatch
import Synchronization

/// Executes lists that take long, on connections of their own, so that no owner's list waits for a long one of another
/// owner.
final class LongLists: Sendable {
    /// One more than a single owner can take.
    static let connectionCount = 2

    private struct State {
        var queue = LongListQueue(connections: connectionCount)
        var history = LongListHistory()
        var waiting: [LongListQueue.Ticket: OwnedList] = [:]
        var lastTicket = 0
    }

    /// A list with what identifies it in the history.
    private struct OwnedList {
        let request: StatementRequest
        let statement: PostgresStatement
        let owner: BookingScope
    }

    let connections: [PostgresConnection]
    private let state = Mutex(State())

    /// - Parameter connect: Returns a new connection for long lists.
    init(connect: () -> PostgresConnection) {
        connections = (0..<Self.connectionCount).map { _ in connect() }
    }

    // MARK: - Which lists are long

    /// Returns whether the list is to be executed here from the start.
    func isLong(_ statement: PostgresStatement, of owner: BookingScope) -> Bool {
        state.withLock { $0.history.isLong(statement, of: owner, at: .now) }
    }

    /// The list took too long for the connection of short lists.
    func note(_ statement: PostgresStatement, of owner: BookingScope) {
        state.withLock { $0.history.note(statement, of: owner, at: .now) }
    }

    // MARK: - Execution

    /// Executes a list when it is the owner's turn. The request is completed by its deadline.
    func submit(_ request: StatementRequest, _ statement: PostgresStatement, owner: BookingScope) {
        let list = OwnedList(request: request, statement: statement, owner: owner)
        let (ticket, admission) = state.withLock { state in
            state.lastTicket += 1
            let admission = state.queue.submit(state.lastTicket, owner: owner)
            if admission == .wait { state.waiting[state.lastTicket] = list }
            return (state.lastTicket, admission)
        }
        switch admission {
        case .run(let connection): run(list, ticket, on: connection)
        case .wait: expire(ticket, at: request.deadline)
        case .reject: request.complete(.failure(.timeout("too many long lists wait for the database")))
        }
    }

    private func run(_ list: OwnedList, _ ticket: LongListQueue.Ticket, on connection: Int) {
        let start = ContinuousClock.now
        let tracked = StatementRequest(work: list.request.work, deadline: list.request.deadline) { [weak self] result in
            self?.finished(ticket)
            if case .success = result { self?.note(list, took: .now - start) }
            list.request.complete(result)
        }
        guard connections[connection].submit(tracked) else {
            return tracked.complete(.failure(.timeout("too many statements wait for the database")))
        }
    }

    /// A list can exceed the budget although it reads little, when the database or its machine stood still for a moment.
    private func note(_ list: OwnedList, took duration: Duration) {
        guard duration < ConnectionRole.shortListBudget else { return }
        state.withLock { $0.history.forget(list.statement, of: list.owner) }
    }

    private func finished(_ ticket: LongListQueue.Ticket) {
        let started = state.withLock { state in
            state.queue.finished(ticket).compactMap { start in
                state.waiting.removeValue(forKey: start.ticket).map { (list: $0, start: start) }
            }
        }
        for next in started { run(next.list, next.start.ticket, on: next.start.connection) }
    }

    private func expire(_ ticket: LongListQueue.Ticket, at deadline: ContinuousClock.Instant) {
        let delay = max(0, (deadline - .now).wholeMilliseconds + 1)
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(delay))) { [weak self] in
            guard let self else { return }
            let expired = state.withLock { state in
                state.queue.abandon(ticket) ? state.waiting.removeValue(forKey: ticket) : nil
            }
            expired?.request.complete(.failure(.timeout("the list waited too long for the database")))
        }
    }
}
