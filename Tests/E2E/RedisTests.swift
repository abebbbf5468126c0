import Bookings
import BookingsRedis
import BookingsRuntime
import Foundation
import Glibc
import Synchronization
import TestSupport
import XCTest

@testable import SimulationKit

/// The ports that replicas share, on a real Redis that is up, goes away and comes back.
final class RedisTests: XCTestCase {
    /// Returns one replica's services, which run until the test ends.
    private func connect(
        _ url: String, identity: [UInt8] = [1], log: RecordedLog = RecordedLog()
    ) async throws -> RedisServices {
        let services = try RedisServices(
            target: RedisTarget(url: url), clock: SystemClock(), identifiers: SystemIdentifiers(),
            logger: log.logger, identity: { identity })
        let running = Task { try await services.run() }
        addTeardownBlock { running.cancel() }
        return services
    }

    private func isUp(_ services: RedisServices) async -> Bool {
        await eventually { if case .up = await services.status() { true } else { false } }
    }

    private func isDown(_ services: RedisServices) async -> Bool {
        await eventually { if case .down = await services.status() { true } else { false } }
    }

    private func pair(_ url: String, identity: [UInt8]) async throws -> (RedisServices, RedisServices) {
        let (mine, other) = (
            try await connect(url, identity: identity), try await connect(url, identity: identity)
        )
        let areUp = await [isUp(mine), isUp(other)]
        XCTAssertEqual(areUp, [true, true])
        return (mine, other)
    }

    func test_cache_event_bus_and_rate_limiter_keep_their_contracts() async throws {
        let url = try await EphemeralServices.variables()["REDIS_URL"] ?? ""
        let (mine, other) = try await pair(url, identity: Array("contracts".utf8))
        try await CacheContract(mine.cache, other.cache).verify(now: SystemClock().now())
        try await RateLimiterContract(mine.rateLimiter, other.rateLimiter).verify()
        try await EventBusContract(mine.bus, other.bus).verify()
    }

    func test_two_deployments_on_one_redis_do_not_share_entries() async throws {
        let url = try await EphemeralServices.variables()["REDIS_URL"] ?? ""
        let mine = try await connect(url, identity: [1])
        let twin = try await connect(url, identity: [1])
        let foreign = try await connect(url, identity: [2])
        for services in [mine, twin, foreign] { _ = await isUp(services) }
        let now = SystemClock().now()
        mine.cache.keep([1], for: "key", until: now + .seconds(60))
        let reached = await eventually { await twin.cache.value(for: "key", at: now) != nil }
        XCTAssertTrue(reached)
        let leaked = await foreign.cache.value(for: "key", at: now)
        XCTAssertNil(leaked)
    }

    func test_while_redis_is_away_the_process_works_alone_and_reconnects_by_itself() async throws {
        let redis = try await RedisProcess.start()
        let services = try await connect(redis.url)
        let wasUp = await isUp(services)
        XCTAssertTrue(wasUp)
        redis.kill()
        let isGone = await isDown(services)
        XCTAssertTrue(isGone)
        XCTAssertFalse(services.bus.isConnected)
        try await CacheContract(services.cache, services.cache).verify(now: SystemClock().now())
        try await RateLimiterContract(services.rateLimiter, services.rateLimiter).verify()
        try await EventBusContract(services.bus, services.bus).verify()
        let again = try await RedisProcess.start(port: redis.port)
        let isBack = await isUp(services)
        XCTAssertTrue(isBack)
        XCTAssertTrue(services.bus.isConnected)
        again.kill()
    }

    func test_an_announcement_during_a_lost_connection_is_repeated_after_the_reconnect() async throws {
        let redis = try await RedisProcess.start()
        let (mine, other) = try await pair(redis.url, identity: [1])
        let received = Mutex(Int64(0))
        other.bus.listen { head in
            received.withLock { $0 = max($0, head == LogPosition(.max) ? 0 : head.number) }
        }
        for position in Int64(1)...5 {
            // Subscriptions are of another type and stay open.
            try redis.command(["client", "kill", "type", "normal"])
            for _ in 0..<100_000 where mine.bus.isConnected { await Task.yield() }
            mine.bus.announce(LogPosition(position))
            let isReceived = await eventually { received.withLock { $0 } == position }
            XCTAssertTrue(isReceived, "\(position)")
            let isBack = await isUp(mine)
            XCTAssertTrue(isBack)
        }
        redis.kill()
    }

    func test_a_rate_limit_continues_when_redis_loses_its_data() async throws {
        let redis = try await RedisProcess.start()
        let services = try await connect(redis.url)
        let wasUp = await isUp(services)
        XCTAssertTrue(wasUp)
        let (limiter, now) = (services.rateLimiter, SystemClock().now())
        let limit = RateLimit(requests: 10, window: .seconds(86_400))
        let subject = try XCTUnwrap(Subject("one"))
        for _ in 0..<5 { _ = await limiter.count(subject, limit, at: now) }
        try redis.command(["flushall"])
        let usage = await limiter.count(subject, limit, at: now)
        XCTAssertEqual(usage.used, 6)
        redis.kill()
    }

    func test_a_redis_that_does_not_answer_is_down() async throws {
        let redis = try await RedisProcess.start()
        let services = try await connect(redis.url)
        let wasUp = await isUp(services)
        XCTAssertTrue(wasUp)
        redis.signal(SIGSTOP)
        let isGone = await isDown(services)
        XCTAssertTrue(isGone)
        redis.signal(SIGCONT)
        let isBack = await isUp(services)
        XCTAssertTrue(isBack)
        redis.kill()
    }

    func test_the_credentials_and_the_database_of_the_url_are_used() async throws {
        let redis = try await RedisProcess.start(["--requirepass", "open sesame"])
        let address = "127.0.0.1:\(redis.port)"
        let accepted = try await connect("redis://default:open%20sesame@\(address)/2")
        let isAccepted = await isUp(accepted)
        XCTAssertTrue(isAccepted)
        for (url, refusal) in [("redis://:guess@\(address)", "WRONGPASS"), ("redis://\(address)", "NOAUTH")] {
            let log = RecordedLog()
            let refused = try await connect(url, log: log)
            let isRefused = await eventually { log.contains(refusal) }
            XCTAssertTrue(isRefused, refusal)
            XCTAssertFalse(log.contains("guess"))
            guard case .down = await refused.status() else { return XCTFail("the credentials were accepted") }
        }
        redis.kill()
    }

    func test_tls_requires_a_certificate_of_a_trusted_authority() async throws {
        let folder = try TestServer.makeFolder()
        let openssl = try ChildProcess(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "ca.pem", "-days", "2",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
            ], in: folder)
        for await _ in openssl.lines {}
        XCTAssertEqual(openssl.exitStatus(), 0)
        let files = ["cert": "ca.pem", "key": "key.pem", "ca-cert": "ca.pem"]
        let options = files.flatMap { ["--tls-\($0)-file", folder.appendingPathComponent($1).path] }
        let redis = try await RedisProcess.start(options + ["--tls-auth-clients", "no"], tls: true)
        let authority = folder.appendingPathComponent("ca.pem").path
        let trusting = try await connect("rediss://localhost:\(redis.port)?cacert=\(authority)")
        let isUp = await isUp(trusting)
        XCTAssertTrue(isUp)
        let log = RecordedLog()
        let distrusting = try await connect("rediss://localhost:\(redis.port)", log: log)
        let hasRefused = await eventually { log.contains("Redis is unavailable") }
        XCTAssertTrue(hasRefused)
        guard case .down = await distrusting.status() else { return XCTFail("an unknown authority was trusted") }
        redis.kill()
    }
}
