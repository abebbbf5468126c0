import AsyncHTTPClient
import Bookings
import BookingsPostgres
import BookingsRuntime
import BookingsSQLite
import Foundation
import Glibc
import Logging
import Synchronization
import TestSupport
import XCTest

@testable import SimulationKit

/// Returns the error that the operation throws; `nil` means that it succeeds.
private func storeError(of operation: () async throws(StoreError) -> Void) async -> StoreError? {
    do throws(StoreError) {
        try await operation()
        return nil
    } catch {
        return error
    }
}

/// What health probes report of a store that does not work, and what continues to work meanwhile.
final class StoreHealthTests: XCTestCase {
    private func postgres(_ url: String, log: RecordedLog = RecordedLog()) -> PostgresStore {
        PostgresStore(url: url, identifiers: SystemIdentifiers(), logger: log.logger)
    }

    /// Starts a foreign transaction that runs the statement and then holds its locks until it is released.
    private func hold(_ sql: String, on url: String) async throws -> ChildProcess {
        let psql = try ChildProcess(
            "/usr/bin/psql",
            [
                "-X", "-q", "-A", "-t", "-d", url, "-c", "begin", "-c", sql, "-c", "select 'held'", "-c",
                "select pg_sleep(60)",
            ], in: TestServer.root)
        for await line in psql.lines where line == "held" { return psql }
        throw TestServer.NotStarted(description: "psql did not take the locks")
    }

    /// Ends the foreign transaction. The server ends it too, because a session that sleeps does not notice that its client
    /// is gone.
    private func release(_ holder: ChildProcess, on url: String) async throws {
        try await EphemeralServices.sql(
            """
            select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and query = 'select pg_sleep(60)'
            """, on: url)
        holder.kill()
    }

    // MARK: - Locks

    func test_a_locked_row_delays_no_other_write() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let (mine, other) = (postgres(url), postgres(url))
        try await mine.migrate(to: nil)
        let held = aBooking(1)
        _ = try await mine.write(creation(of: held))
        let holder = try await hold("select 1 from bookings for update", on: url)
        let cancel = try XCTUnwrap(try change(held, .cancel, at: at(10)))
        let cancelError = Mutex<StoreError??>(nil)
        let cancelling = Task {
            let error = await storeError { () async throws(StoreError) in _ = try await mine.write(cancel) }
            cancelError.withLock { $0 = .some(error) }
        }
        // In the same transactions, and on another replica.
        for number in 2...40 {
            let store = number % 2 == 0 ? mine : other
            let booking = aBooking(UInt64(number), provider: ProviderID(high: 9, low: UInt64(number)))
            let outcome = try await store.write(creation(of: booking))
            XCTAssertTrue(outcome.isWritten)
        }
        XCTAssertTrue(cancelError.withLock { $0 == nil }, "the writes waited for the row")
        await cancelling.value
        guard case .unavailable?? = cancelError.withLock({ $0 }) else { return XCTFail("the row was not locked") }
        try await release(holder, on: url)
        let isFree = try await eventually { try await mine.write(cancel).isWritten }
        XCTAssertTrue(isFree)
    }

    func test_health_probes_answer_while_reads_wait_for_a_lock() async throws {
        let database = try await EphemeralServices.freshDatabase()
        let server = try await TestServer.start(["DATABASE_URL": database], in: TestServer.makeFolder())
        let token = try await server.token("admin", "admin")
        let holder = try await hold("lock table bookings", on: database)
        let id = "33333333-3333-4333-8333-333333333333"
        let (client, url) = (server.client, server.address + "/bookings/\(id)")
        let reading = Task {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<40 {
                    group.addTask { _ = try await TestServer.send("GET", url, as: token, by: client) }
                }
                try await group.waitForAll()
            }
        }
        let waitingReads = """
            select query_start from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()
                and query like '%unnest%'
            """
        var before: [String] = []
        let areWaiting = try await eventually {
            before = try await EphemeralServices.sql(waitingReads, on: database).lines
            return !before.isEmpty
        }
        XCTAssertTrue(areWaiting)
        for path in ["/health", "/health/ready"] { _ = try await server.send("GET", path) }
        // The server ends a statement after 10 s: the same ones still wait.
        let after = try await EphemeralServices.sql(waitingReads, on: database).lines
        XCTAssertEqual(after, before)
        try await release(holder, on: database)
        try? await reading.value
        let isWell = try await eventually { try await server.send("GET", "/health").status == 200 }
        XCTAssertTrue(isWell)
        try await server.stop()
    }

    // MARK: - Databases that refuse writes

    func test_a_read_only_database_is_down_until_it_accepts_writes() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let log = RecordedLog()
        let store = postgres(url, log: log)
        try await store.migrate(to: nil)
        try await store.ping()
        let name = try XCTUnwrap(url.split(separator: "/").last)
        let otherDatabase = try await EphemeralServices.variables()["DATABASE_URL"] ?? ""
        func setReadOnly(_ value: String) async throws {
            let done = try await EphemeralServices.sql(
                """
                alter database \(name) set default_transaction_read_only = \(value);
                select pg_terminate_backend(pid) from pg_stat_activity where datname = '\(name)'
                """, on: otherDatabase)
            XCTAssertEqual(done.status, 0, "\(done.lines)")
        }
        try await setReadOnly("on")
        let isDown = await eventually {
            await storeError { () async throws(StoreError) in try await store.ping() }
                == .refusesWrites(reason: "read-only")
        }
        XCTAssertTrue(isDown)
        let refused = await storeError { () async throws(StoreError) in
            _ = try await store.write(creation(of: aBooking()))
        }
        guard case .unavailable? = refused else { return XCTFail("\(String(describing: refused))") }
        try await setReadOnly("off")
        let isUp = await eventually {
            await storeError { () async throws(StoreError) in try await store.ping() } == nil
        }
        XCTAssertTrue(isUp)
        XCTAssertTrue(log.contains("The database refuses writes."))
        XCTAssertTrue(log.contains("The database accepts writes again."))
        let outcome = try await store.write(creation(of: aBooking()))
        XCTAssertTrue(outcome.isWritten)
    }

    func test_a_full_disk_is_reported_until_there_is_room() async throws {
        let folder = try TestServer.makeFolder()
        let disk = folder.appendingPathComponent("disk").path
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
        let mounted = try ChildProcess(
            "/bin/mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], in: folder)
        XCTAssertEqual(mounted.exitStatus(), 0)
        defer { _ = try? ChildProcess("/bin/umount", ["-l", disk], in: folder).exitStatus() }
        let filler = disk + "/filler"
        XCTAssertTrue(FileManager.default.createFile(atPath: filler, contents: Data(count: 1 << 20)))
        let server = try await TestServer.start(["DATABASE_URL": "sqlite:\(disk)/b.sqlite"], in: folder)
        let token = try await server.token("admin", "admin")
        let begin = SystemClock().now() + .seconds(86_400)
        var status = 201
        for number in 0..<5000 where status == 201 {
            let bookingBody = TestServer.bookingBody(
                "11111111-1111-4111-8111-111111111111", from: begin + .seconds(Int64(number * 60)),
                lasting: .seconds(60))
            status = try await server.send("POST", "/bookings", as: token, body: bookingBody).status
        }
        XCTAssertEqual(status, 503)
        let full = try await server.send("GET", "/health")
        XCTAssertEqual(full.status, 503, full.text)
        XCTAssertEqual(full.json["error"]?["database"]?["reason"]?.string, "disk full", full.text)
        try FileManager.default.removeItem(atPath: filler)
        let isWell = try await eventually { try await server.send("GET", "/health").status == 200 }
        XCTAssertTrue(isWell)
        try await server.stop()
    }

    func test_a_write_waits_for_a_locked_database_file_and_then_fails() async throws {
        let folder = try TestServer.makeFolder()
        let path = folder.appendingPathComponent("b.sqlite").path
        let store = try SQLiteStore.open(.file(path: path), identifiers: SystemIdentifiers())
        try await store.migrate(to: nil)
        func shell(_ script: String) async throws -> ChildProcess {
            let process = try ChildProcess("/usr/bin/python3", ["-u", "-c", script], in: folder)
            for await line in process.lines where line == "held" { return process }
            throw TestServer.NotStarted(description: "the file was not locked")
        }
        let lock =
            "import sqlite3,time; c=sqlite3.connect('\(path)', isolation_level=None); c.execute('begin immediate')"
        let first = try await shell(lock + "; print('held'); time.sleep(1); c.execute('commit'); time.sleep(60)")
        let waited = try await store.write(creation(of: aBooking()))
        XCTAssertTrue(waited.isWritten)
        first.kill()
        let holder = try await shell(lock + "; print('held'); time.sleep(60)")
        let booking = aBooking(2, provider: ProviderID(high: 1, low: 2))
        async let probed = storeError { () async throws(StoreError) in try await store.ping() }
        let refused = await storeError { () async throws(StoreError) in _ = try await store.write(creation(of: booking))
        }
        guard case .unavailable? = refused else { return XCTFail("\(String(describing: refused))") }
        let probe = await probed
        XCTAssertEqual(probe, .refusesWrites(reason: "locked"))
        holder.kill()
        let isFree = await eventually {
            await storeError { () async throws(StoreError) in _ = try await store.write(creation(of: booking)) } == nil
        }
        XCTAssertTrue(isFree)
    }
}
