import Bookings
import Foundation
import XCTest

@testable import SimulationKit

/// SIGKILL at each point of a delivery. One replica works on four webhooks, each of which it is made to wait for at another
/// point; it is killed there, and another replica goes on.
final class WebhookCrashTests: ReplicaTestCase {
    /// A point of a delivery that a replica is held at.
    private enum Point: String, CaseIterable {
        /// The lease is taken, and the connection to the receiver is not there.
        case leased
        /// The receiver has the request, and has not answered.
        case sent
        /// The receiver has answered with 204, and the row of the webhook is locked, so that the cursor is not committed.
        case answered
        /// The cursor is committed.
        case committed
    }

    private var webhooks: [Point: String] = [:]
    private var database = ""

    func test_a_kill_at_each_point_of_a_delivery_loses_nothing_and_repeats_ids_only() async throws {
        let server = try await replicas(1)[0]
        database = server.variables["DATABASE_URL"] ?? ""
        let receiver = try await WebhookReceiver(in: server.folder)
        let late = try await WebhookReceiver(in: server.folder, isLate: true)
        let token = try await server.token("root", "admin")
        let urls: [Point: String] = [
            .leased: late.address + "/ok/leased", .sent: receiver.address + "/hang-once",
            .answered: receiver.address + "/ok/answered", .committed: receiver.address + "/ok/committed",
        ]
        for point in Point.allCases {
            webhooks[point] = try await server.addWebhook(urls[point] ?? "", as: token, ordering: "endpoint").id
        }
        try await server.book(1, provider, from: start, as: token)
        for point in [Point.answered, .committed] { try await waitUntilCommitted(1, of: point) }
        try await waitUntil("select count(*) = 4 from webhooks where lease_token > 0", "all leases are taken")
        let lock = try await lockRow(of: .answered)
        try await server.book(1, provider, from: start + .seconds(3600), as: token)
        try await receiver.wait { requests in
            requests.count { $0.path == "/ok/answered" } == 2 && requests.contains { $0.path == "/hang-once" }
        }
        try await waitUntilCommitted(2, of: .committed)
        try await server.kill()

        // What waits for the lock would still be committed if the lock were free before it gives up.
        try await waitUntil(
            "select count(*) = 0 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
            "the statement of the replica that was killed has ended")
        lock.kill()
        late.open()
        let other = try await replica(beside: server)
        try await other.book(1, provider, from: start + .seconds(7200), as: token)
        try await late.wait { Set($0.map(\.id)).count == 3 }
        try await receiver.wait { requests in
            ["/hang-once", "/ok/answered", "/ok/committed"].allSatisfy { path in
                Set(requests.filter { $0.path == path }.map(\.id)).count == 3
            }
        }
        try await verify(receiver.requests + late.requests, log: other.eventItems(as: token))
        receiver.stop()
        late.stop()
        try await stop([other])
    }

    private func verify(_ requests: [WebhookReceiver.Request], log: [String]) {
        let copies: [(path: String, attempts: [Int])] = [
            ("/ok/leased", [1, 1, 1]), ("/hang-once", [2, 1, 1]), ("/ok/answered", [1, 2, 1]),
            ("/ok/committed", [1, 1, 1]),
        ]
        for (path, attempts) in copies {
            let bodies = requests.filter { $0.path == path }.map(\.body)
            let expected = zip(log, attempts).flatMap { [String](repeating: $0, count: $1) }
            XCTAssertEqual(bodies, expected, "\(path): the log in order, and copies of what the kill left undecided")
        }
    }

    // MARK: - The database

    private func waitUntilCommitted(_ position: Int, of point: Point) async throws {
        try await waitUntil(
            "select position >= \(position) from webhooks where id = '\(webhooks[point] ?? "")'",
            "the cursor of \(point.rawValue) is at \(position)")
    }

    /// Waits until a query returns true.
    private func waitUntil(_ query: String, _ description: String) async throws {
        for _ in 0..<600 {
            if try await EphemeralServices.sql(query, on: database).lines == ["t"] { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw TestServer.NotStarted(description: "not reached: \(description)")
    }

    /// Locks the row of a webhook until the process is killed.
    private func lockRow(of point: Point) async throws -> ChildProcess {
        let psql = try ChildProcess(
            "/usr/bin/psql", ["-X", "-q", "-A", "-t", "-d", database], in: TestServer.root, takesInput: true)
        XCTAssertTrue(
            psql.send("begin; select 'locked' from webhooks where id = '\(webhooks[point] ?? "")' for update;"))
        for await line in psql.lines where line == "locked" { return psql }
        throw TestServer.NotStarted(description: "psql did not lock the row")
    }
}
