import Bookings
import Dispatch
import GRDB
import Synchronization

/// Writes a little to see whether the store takes writes, one probe at a time. A write that waits for the file is not
/// waited for.
final class WriteProbe: Sendable {
    /// How long a probe waits: its own answer is owed within 2 s.
    private static let patience = DispatchTimeInterval.milliseconds(1500)

    private enum State {
        case idle
        /// Nil: nobody waits any more.
        case underWay(CheckedContinuation<Result<Void, StoreError>, Never>?)
    }

    private let state = Mutex((State.idle, number: 0))

    func run(on store: SQLiteStore) async throws(StoreError) {
        let result: Result<Void, StoreError> = await withCheckedContinuation { continuation in
            let number = state.withLock { state -> Int? in
                guard case .idle = state.0 else { return nil }
                state = (.underWay(continuation), state.number + 1)
                return state.number
            }
            guard let number else { return continuation.resume(returning: Self.locked) }
            begin(number, on: store)
            DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience) { [self] in
                take(number, leaving: .underWay(nil))?.resume(returning: Self.locked)
            }
        }
        try result.get()
    }

    private static let locked = Result<Void, StoreError>.failure(.refusesWrites(reason: "locked"))

    /// While the last write was refused, so much is written that it does not fit into what a full disk has left.
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
        // As long as the schema is not there, there is nothing to serve.
        guard try database.tableExists("settings") else { return }
        try database.execute(
            sql: """
                insert into settings (name, value) values ('write_probe', randomblob(?))
                on conflict (name) do update set value = excluded.value
                """, arguments: [size])
    }

    /// Whoever still waits for the probe of this number.
    private func take(
        _ number: Int, leaving next: State
    ) -> CheckedContinuation<Result<Void, StoreError>, Never>? {
        state.withLock { state in
            guard case .underWay(let waiting) = state.0, state.number == number else { return nil }
            state.0 = next
            return waiting
        }
    }
}

extension SQLiteStore {
    package func ping() async throws(StoreError) { try await probe.run(on: self) }
}
