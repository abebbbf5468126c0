import Bookings
import Synchronization
import TestSupport
import XCTest

@testable import SimulationKit

/// The faults that `simulator serve` injects into the connections of its clients.
final class ServeFaultTests: ServeTestCase {
    /// What a socket received.
    private final class Received: Sendable {
        private let state = Mutex((reminders: 0, isClosed: false))
        var reminders: Int { state.withLock(\.reminders) }
        var isClosed: Bool { state.withLock(\.isClosed) }
        func receive(_ packet: Substring) {
            if packet.contains("booking.reminder") { state.withLock { $0.reminders += 1 } }
        }
        func close() { state.withLock { $0.isClosed = true } }
    }

    private func listen(_ cluster: ServedCluster, replica: Int) async throws -> (SocketClient, Received) {
        let received = Received()
        let socket = try await SocketClient.connect(
            to: Address(port: await cluster.ports[replica]), token: await token(cluster, "root", "admin"),
            callbacks: .init(received: { received.receive($0) }, closed: { received.close() }))
        return (socket, received)
    }

    private func wait(_ what: String, until holds: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while !holds() {
            guard ContinuousClock.now < deadline else { return XCTFail("never \(what)") }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    func test_sockets_that_are_dropped_lose_their_connection_and_those_of_other_replicas_do_not() async throws {
        let cluster = try await serve(replicas: 2)
        let (_, dropped) = try await listen(cluster, replica: 0)
        let (other, kept) = try await listen(cluster, replica: 1)
        let answer = await ControlAPI(cluster).answer(
            .init(method: "POST", target: "/faults", body: Array(#"{"name":"drop-sockets"}"#.utf8)))
        XCTAssertEqual(answer.status, 200)
        try await wait("dropped") { dropped.isClosed }
        try await other.ping()
        XCTAssertFalse(kept.isClosed)
        let active = await cluster.activeFaults
        XCTAssertEqual(active, [])
        await other.close()
    }

    func test_a_socket_is_cut_behind_a_number_of_bytes() async throws {
        let cluster = try await serve()
        let (_, received) = try await listen(cluster, replica: 0)
        try await cluster.inject(.midFrame, replica: 0, amount: 100, for: nil)
        // Answers to requests are not counted: they have more bytes.
        try await book(cluster, at: Self.begin + .seconds(3600))
        try await wait("cut") { received.isClosed }
        XCTAssertEqual(received.reminders, 0)
    }

    func test_a_client_that_does_not_read_gets_what_waited_for_it_when_the_fault_ends() async throws {
        let cluster = try await serve()
        let (socket, received) = try await listen(cluster, replica: 0)
        try await cluster.inject(.stalledReader, replica: 0, amount: nil, for: .seconds(7200))
        try await book(cluster, at: Self.begin + .seconds(3600))
        let advance = try await cluster.advanceToNextReminder()
        XCTAssertEqual(advance.events.count, 1)
        XCTAssertEqual(received.reminders, 0)
        _ = try await cluster.advance(by: .seconds(7200))
        try await socket.ping()
        XCTAssertEqual(received.reminders, 1)
        await socket.close()
    }

    func test_a_fault_that_lasts_is_injected_once() async throws {
        let cluster = try await serve(replicas: 2)
        try await cluster.inject(.pause, replica: 0, amount: nil, for: nil)
        let again = await ControlAPI(cluster).answer(
            .init(method: "POST", target: "/faults", body: Array(#"{"name":"pause"}"#.utf8)))
        XCTAssertEqual(again.status, 409)
        try await cluster.inject(.pause, replica: 1, amount: nil, for: nil)
        try await cluster.repair("pause")
        let active = await cluster.activeFaults
        XCTAssertEqual(active, [])
    }

    func test_a_reset_ends_what_faults_did_to_connections() async throws {
        let cluster = try await serve()
        try await cluster.inject(.midFrame, replica: 0, amount: 1, for: nil)
        try await cluster.inject(.crash(nil), replica: 0, amount: nil, for: nil)
        try await cluster.reset()
        let (socket, received) = try await listen(cluster, replica: 0)
        try await book(cluster, at: Self.begin + .seconds(3600))
        _ = try await cluster.advanceToNextReminder()
        try await socket.ping()
        XCTAssertEqual(received.reminders, 1)
        await socket.close()
    }

    /// No database can be created without the template.
    func test_a_reset_that_fails_leaves_the_replicas_as_they_were() async throws {
        let services = try await EphemeralStores.start()
        let cluster = try await ServedCluster.start(.init(ports: [0], begin: Self.begin, seed: 7, services: services))
        addTeardownBlock { await cluster.stop() }
        try await book(cluster, at: Self.begin + .seconds(3600))
        try await cluster.inject(.postgresCut, replica: 0, amount: nil, for: .seconds(60))
        _ = try await cluster.advance(by: .seconds(120))
        let database = try await services.freshDatabase()
        try await EphemeralStores.sql("alter database template1 rename to template2", on: database)
        do {
            try await cluster.reset()
            XCTFail("The reset did not fail.")
        } catch {}
        let advance = try await cluster.advanceToNextReminder()
        XCTAssertEqual(advance.events.map { $0["name"]?.string }, ["booking.reminder"])
    }
}
