import Bookings
import Dispatch
import GRDB
import Synchronization

/// Finds out whether the store takes writes, by a small write. One probe runs at a time, and its caller does not wait for
/// a write that is stuck.
final class WriteProbe: Sendable {
    /// How long the caller of a probe waits; it has to answer within 2 s itself.
    private static let timeout = DispatchTimeInterval.milliseconds(1500)

    private enum State {
        /// To `running` by the next probe.
        case idle
        /// To `idle` when the write ends; without a continuation once the caller has stopped waiting.
        case running(CheckedContinuation<Result<Void, StoreError>, Never>?)
    }

    private let state = Mutex((State.idle, number: 0))

    /// Throws `StoreError.refusesWrites` unless a write succeeds in time.
    func run(on store: SQLiteStore) async throws(StoreError) {
        let result: Result<Void, StoreError> = await withCheckedContinuation { continuation in
            let number = state.withLock { state -> Int? in
                guard case .idle = state.0 else { return nil }
                state = (.running(continuation), state.number + 1)
                return state.number
            }
            guard let number else { return continuation.resume(returning: Self.locked) }
            begin(number, on: store)
            DispatchQueue.global().asyncAfter(deadline: .now() + Self.timeout) { [self] in
                take(number, leaving: .running(nil))?.resume(returning: Self.locked)
            }
        }
        try result.get()
    }

    private static let locked = Result<Void, StoreError>.failure(.refusesWrites(reason: "locked"))

    /// While writes are refused, the probe writes more than fits into the free space within the files of a full disk.
    private func begin(_ number: Int, on store: SQLiteStore) {
        let size = store.writes.reason == nil ? 1 : 65_536
        let deadline = ContinuousClock.now + SQLiteStore.busyTimeout
        store.database.asyncWriteWithoutTransaction { [self] database in
            let result = Result {
                try store.transaction(in: database, before: deadline) { try Self.write(size, in: $0) }
            }
            .mapError { error in
                store.writes.reason.map { .refusesWrites(reason: $0) } ?? SQLiteStore.storeError(error)
            }
            if case .success = result { store.writes.end() }
            take(number, leaving: .idle)?.resume(returning: result)
        }
    }

    private static func write(_ size: Int, in database: Database) throws {
        // Without the schema nothing is served that could be written.
        guard try database.tableExists("settings") else { return }
        try database.execute(
            sql: """
                insert into settings (name, value) values ('write_probe', randomblob(?))
                on conflict (name) do update set value = excluded.value
                """, arguments: [size])
    }

    /// Changes the state if the probe of this number still runs, and returns its caller.
    private func take(
        _ number: Int, leaving next: State
    ) -> CheckedContinuation<Result<Void, StoreError>, Never>? {
        state.withLock { state in
            guard case .running(let waiting) = state.0, state.number == number else { return nil }
            state.0 = next
            return waiting
        }
    }
}
