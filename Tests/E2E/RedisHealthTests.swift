import Bookings
import BookingsRedis
import BookingsRuntime
import TestSupport
import XCTest

@testable import SimulationKit

/// What health probes report of a Redis that does not work.
final class RedisHealthTests: XCTestCase {
    private func reason(of services: RedisServices) async -> String? {
        if case .down(let reason) = await services.status() { reason } else { nil }
    }

    private func connect(_ url: String, log: RecordedLog = RecordedLog()) throws -> RedisServices {
        let services = try RedisServices(
            target: RedisTarget(url: url), clock: SystemClock(), identifiers: SystemIdentifiers(), logger: log.logger,
            identity: { [1] })
        let running = Task { try await services.run() }
        addTeardownBlock { running.cancel() }
        return services
    }

    func test_a_redis_that_refuses_commands_is_down_with_the_reason_until_it_accepts_them() async throws {
        let redis = try await RedisProcess.start()
        let log = RecordedLog()
        let services = try connect(redis.url, log: log)
        let table: [(String, refuse: [[String]], accept: [[String]])] = [
            ("READONLY", [["replicaof", "127.0.0.1", "1"]], [["replicaof", "no", "one"]]),
            ("OOM", [["config", "set", "maxmemory", "100kb"]], [["config", "set", "maxmemory", "0"]]),
            (
                "NOREPLICAS", [["config", "set", "min-replicas-to-write", "1"]],
                [["config", "set", "min-replicas-to-write", "0"]]
            ),
        ]
        for (code, refuse, accept) in table {
            let isUp = await eventually { await reason(of: services) == nil }
            XCTAssertTrue(isUp, code)
            for command in refuse { try redis.command(command) }
            let isDown = await eventually { await reason(of: services) == code }
            XCTAssertTrue(isDown, code)
            for command in accept { try redis.command(command) }
        }
        let isUp = await eventually { await reason(of: services) == nil }
        XCTAssertTrue(isUp)
        XCTAssertTrue(log.contains("Redis refuses commands"))
        XCTAssertTrue(log.contains("Redis accepts commands again."))
        redis.kill()
    }

    func test_a_redis_that_is_not_ready_is_down_with_the_reason() async throws {
        for code in ["LOADING", "CLUSTERDOWN", "MISCONF"] {
            let script = """
                import socket, threading
                s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); print(s.getsockname()[1])
                def serve(c):
                    while data := c.recv(65536):
                        c.sendall(b'-\(code) not now\\r\\n' * data.count(b'*'))
                while True: threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
                """
            let fake = try ChildProcess("/usr/bin/python3", ["-u", "-c", script], in: TestServer.root)
            var lines = fake.lines.makeAsyncIterator()
            let port = await lines.next() ?? ""
            let services = try connect("redis://127.0.0.1:\(port)")
            let isDown = await eventually { await reason(of: services) == code }
            XCTAssertTrue(isDown, code)
            fake.kill()
        }
    }
}
