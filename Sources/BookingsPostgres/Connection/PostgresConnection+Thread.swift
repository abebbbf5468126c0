import Bookings
import Synchronization

/// The connection's thread: it connects, sends, receives and sleeps.
extension PostgresConnection {
    /// Keeps a connection until `stop` is called.
    func runThread() {
        var reconnectState = ReconnectState()
        while !queue.withLock(\.isStopped) {
            var pipeline = PipelineState(role)
            var loss: PostgresError?
            do throws(PostgresError) {
                let handle = try connect()
                reconnectState.configured(isPooled: try configureSession(handle))
                health.connected(self)
                pipeline = PipelineState(role, isPooled: reconnectState.isPooled)
                try serve(handle, &pipeline)
            } catch {
                loss = error
            }
            complete(pipeline.connectionEnded())
            let next = reconnectState.ended(loss, hasAnswered: pipeline.hasAnswered, jitter: jitter())
            guard let loss, case .backOff(let delay) = next else { continue }
            health.lost(self, loss)
            backOff(for: delay, after: loss)
        }
        let left = queue.withLock { $0.removeAll() }
        for request in left { request.complete(.failure(.lost("the connection is closed"))) }
    }

    private func connect() throws(PostgresError) -> PostgresHandle {
        if let timer = queue.withLock({ $0.beginConnecting() }) { startTimer(timer) }
        defer { queue.withLock { $0.endConnecting() } }
        return try PostgresHandle(url: url)
    }

    /// Waits before the next attempt; requests that expire meanwhile fail with the reason.
    private func backOff(for delay: Duration, after error: PostgresError) {
        let end = ContinuousClock.now + delay
        while ContinuousClock.now < end, !queue.withLock(\.isStopped) {
            sleep(socket: -1, orWritable: false, until: end, takesRequests: false)
            failExpired(error)
        }
    }

    // MARK: - Session settings

    /// Makes the session's settings; returns whether a pooler stands between, so that they do not last.
    private func configureSession(_ handle: borrowing PostgresHandle) throws(PostgresError) -> Bool {
        try handle.sendUnnamed(role.settings.sessionSettings.sql, ["\(handle.serverProcess)"])
        try handle.sync()
        let deadline = ContinuousClock.now + PipelineState.statementTimeout
        var areSettingsLasting = false
        while !queue.withLock(\.isStopped) {
            sleep(socket: handle.socket, orWritable: try !handle.flush(), until: deadline, takesRequests: false)
            failExpired(Self.cannotBeReached)
            try handle.consume()
            while !handle.isBusy {
                switch handle.nextAnswer() {
                case nil: continue
                case .rows(let rows): areSettingsLasting = rows.first?.flag(0) ?? false
                case .failed(let error): throw error
                case .aborted: areSettingsLasting = false
                case .sync: return !areSettingsLasting
                }
            }
            if ContinuousClock.now >= deadline { throw .lost("the server did not answer in time") }
        }
        throw .lost("the connection is closed")
    }

    // MARK: - Requests

    /// Sends and receives until the connection is to be stopped or replaced.
    private func serve(
        _ handle: borrowing PostgresHandle, _ pipeline: inout PipelineState
    ) throws(PostgresError) {
        while !queue.withLock(\.endsConnection) {
            try sendWaiting(handle, &pipeline)
            let isFlushed = try handle.flush()
            sleep(
                socket: handle.socket, orWritable: !isFlushed, until: pipeline.nextDeadline,
                takesRequests: pipeline.canSend)
            try handle.consume()
            while !pipeline.isEmpty, !handle.isBusy {
                guard let answer = handle.nextAnswer() else { continue }
                _ = try perform(pipeline.receive(answer))
            }
            // Also while all transactions are in flight, so that nothing is taken from the queue.
            failExpired(Self.waitedTooLong)
            while try perform(pipeline.expire(at: .now)) {}
        }
    }

    private static let waitedTooLong = PostgresError.timeout("the statement waited too long for the database")

    private func sendWaiting(
        _ handle: borrowing PostgresHandle, _ pipeline: inout PipelineState
    ) throws(PostgresError) {
        while pipeline.canSend {
            failExpired(Self.waitedTooLong)
            let requests = queue.withLock { $0.take(role.maximumRequests, at: .now) }
            if requests.isEmpty { return }
            for command in pipeline.send(requests, at: .now) { try handle.perform(command) }
        }
    }

    /// Returns whether there was anything to do.
    private func perform(_ action: PipelineState.Action) throws(PostgresError) -> Bool {
        switch action {
        case .wait: return false
        case .close(let error): throw error
        case .complete(let completions): complete(completions)
        case .endTransaction(let outcome, let completions):
            if role.kind == .writes { health.transactionEnded(outcome) }
            complete(completions)
        }
        return true
    }

    /// Completes the requests, or queues them again where that can help.
    private func complete(_ completions: [PipelineState.Completion]) {
        var (again, later): ([StatementRequest], [StatementRequest]) = ([], [])
        for completion in completions {
            completion.forEachRequest { request, result in
                guard case .failure(let error) = result else { return request.complete(result) }
                var request = request
                switch request.retry(after: error, at: .now) {
                case .fail: request.complete(result)
                case .sendAgain: again.append(request)
                case .postpone: later.append(request)
                }
            }
        }
        if !again.isEmpty || !later.isEmpty { queue.withLock { $0.putBack(again, later: later) } }
    }

    /// Sleeps until the socket has news, the thread is woken, the instant, or the deadline of a request in the queue.
    private func sleep(
        socket: Int32, orWritable: Bool, until instant: ContinuousClock.Instant?, takesRequests: Bool
    ) {
        switch queue.withLock({ $0.sleep(until: instant, takesRequests: takesRequests) }) {
        case .stayAwake: return
        case .sleep(let end): wakeUpPipe.sleep(socket: socket, orWritable: orWritable, until: end)
        }
    }
}

extension PostgresHandle {
    fileprivate func perform(_ command: PipelineState.Command) throws(PostgresError) {
        switch command {
        case .prepare(let statement): try prepare(statement.name, statement.sql)
        case .execute(let name, let parameters): try send(name, parameters)
        case .executeUnnamed(let sql, let parameters): try sendUnnamed(sql, parameters)
        case .sync: try sync()
        }
    }

    /// Returns the next answer; `nil` between two statements.
    fileprivate func nextAnswer() -> PipelineState.Answer? {
        guard let result = result() else { return nil }
        return PipelineState.Answer(result)
    }
}

extension PipelineState.Answer {
    fileprivate init(_ result: consuming PostgresResult) {
        switch result.kind {
        case .rows: self = .rows(PostgresRows(result))
        case .sync: self = .sync
        case .aborted: self = .aborted
        case .failed(let error): self = .failed(error)
        }
    }
}
