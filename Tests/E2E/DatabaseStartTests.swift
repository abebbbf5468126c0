import Bookings
import BookingsPostgres
import BookingsRuntime
import Foundation
import TestSupport
import XCTest

@testable import SimulationKit

/// Whether a server starts with a PostgreSQL that is not up, or that it cannot use.
final class DatabaseStartTests: XCTestCase {
    /// Starts a server that is expected to end; returns its output and exit status.
    private func failedStart(_ environment: [String: String]) async throws -> (output: String, status: Int32) {
        let process = try TestServer.launch(environment, in: TestServer.makeFolder())
        var lines: [String] = []
        for await line in process.lines { lines.append(line) }
        return (lines.joined(separator: "\n"), process.exitStatus())
    }

    func test_the_start_waits_for_a_database_that_is_not_up_but_not_for_one_that_does_not_exist() async throws {
        let notUp = try await failedStart([
            "DATABASE_URL": "postgresql://bookings@127.0.0.1:1/postgres", "STARTUP_TIMEOUT_SECONDS": "1",
        ])
        XCTAssertEqual(notUp.status, 69, notUp.output)
        XCTAssertEqual(notUp.output.components(separatedBy: "not available yet").count, 2, notUp.output)
        let url = try await EphemeralServices.freshDatabase()
        let absent = try await failedStart(["DATABASE_URL": url + "_absent"])
        XCTAssertEqual(absent.status, 78, absent.output)
        XCTAssertFalse(absent.output.contains("not available yet"), absent.output)
        let unknownUser = try await failedStart([
            "DATABASE_URL": url.replacingOccurrences(of: "bookings@", with: "nobody_here@")
        ])
        XCTAssertEqual(unknownUser.status, 78, unknownUser.output)
    }

    func test_a_database_must_be_in_utf8_and_may_have_nonstandard_strings() async throws {
        let base = try await EphemeralServices.freshDatabase()
        let name = try XCTUnwrap(base.split(separator: "/").last)
        try await EphemeralServices.sql(
            "create database \(name)_latin template template0 encoding 'LATIN1' locale 'C'", on: base)
        let refused = try await failedStart(["DATABASE_URL": base + "_latin"])
        XCTAssertEqual(refused.status, 78, refused.output)
        XCTAssertTrue(refused.output.contains("UTF8"), refused.output)
        try await EphemeralServices.sql("alter database \(name) set standard_conforming_strings = off", on: base)
        let store = PostgresStore(url: base, identifiers: SystemIdentifiers(), logger: RecordedLog().logger)
        try await store.migrate(to: nil)
        let key = try await store.sealingKey()
        XCTAssertEqual(key.count, 32)
        let outcome = try await store.write(creation(of: aBooking(customer: subject(#"a\'b"#))))
        XCTAssertTrue(outcome.isWritten)
    }
}
