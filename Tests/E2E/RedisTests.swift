import Bookings
import BookingsRedis
import BookingsRuntime
import Foundation
import Glibc
import Synchronization
import TestSupport
import XCTest

@testable import SimulationKit

/// The ports that replicas share, kept by a real Redis: there, away, and back again.
final class RedisTests: XCTestCase {
    /// One replica's connections, running until the test ends.
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

    func test_it_keeps_the_contracts_of_cache_bus_and_rate_limiter() async throws {
        let url = try await EphemeralServices.variables()["REDIS_URL"] ?? ""
        let (mine, other) = try await pair(url, identity: Array("contracts".utf8))
        try await CacheContract(mine.cache, other.cache).verify(now: SystemClock().now())
        try await RateLimiterContract(mine.rateLimiter, other.rateLimiter).verify()
        try await EventBusContract(mine.bus, other.bus).verify()
    }

    func test_two_deployments_on_one_redis_never_see_each_other() async throws {
        let url = try await EphemeralServices.variables()["REDIS_URL"] ?? ""
        let mine = try await connect(url, identity: [1])
        let twin = try await connect(url, identity: [1])
        let foreign = try await connect(url, identity: [2])
        for one in [mine, twin, foreign] { _ = await isUp(one) }
        let now = SystemClock().now()
        mine.cache.keep([1], for: "key", until: now + .seconds(60))
        let reached = await eventually { await twin.cache.value(for: "key", at: now) != nil }
        XCTAssertTrue(reached)
        let leaked = await foreign.cache.value(for: "key", at: now)
        XCTAssertNil(leaked)
    }

    func test_while_redis_is_away_everything_works_in_the_process_and_it_heals_by_itself() async throws {
        let redis = try await OwnRedis.start()
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
        let again = try await OwnRedis.start(port: redis.port)
        let isBack = await isUp(services)
        XCTAssertTrue(isBack)
        XCTAssertTrue(services.bus.isConnected)
        again.kill()
    }

    func test_what_was_announced_while_the_connection_for_commands_was_away_is_announced_when_it_is_back() async throws
    {
        let redis = try await OwnRedis.start()
        let (mine, other) = try await pair(redis.url, identity: [1])
        let heard = Mutex(Int64(0))
        other.bus.listen { head in heard.withLock { $0 = max($0, head == LogPosition(.max) ? 0 : head.number) } }
        for place in Int64(1)...5 {
            // Subscriptions stay.
            let killing = try ChildProcess(
                "/usr/bin/redis-cli", ["-p", "\(redis.port)", "client", "kill", "type", "normal"], in: TestServer.root)
            for await _ in killing.lines {}
            for _ in 0..<100_000 where mine.bus.isConnected { await Task.yield() }
            mine.bus.announce(LogPosition(place))
            let isHeard = await eventually { heard.withLock { $0 } == place }
            XCTAssertTrue(isHeard, "\(place)")
            let isBack = await isUp(mine)
            XCTAssertTrue(isBack)
        }
        redis.kill()
    }

    func test_a_rate_limit_goes_on_when_redis_loses_its_data() async throws {
        let redis = try await OwnRedis.start()
        let services = try await connect(redis.url)
        let wasUp = await isUp(services)
        XCTAssertTrue(wasUp)
        let (limiter, now) = (services.rateLimiter, SystemClock().now())
        let limit = RateLimit(requests: 10, window: .seconds(86_400))
        let subject = try XCTUnwrap(Subject("one"))
        for _ in 0..<5 { _ = await limiter.count(subject, limit, at: now) }
        let flushed = try ChildProcess(
            "/usr/bin/redis-cli", ["-p", "\(redis.port)", "FLUSHALL"], in: TestServer.root)
        XCTAssertEqual(flushed.exitStatus(), 0)
        let usage = await limiter.count(subject, limit, at: now)
        XCTAssertEqual(usage.used, 6)
        redis.kill()
    }

    func test_a_frozen_redis_is_taken_for_gone() async throws {
        let redis = try await OwnRedis.start()
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

    func test_a_password_a_user_and_a_database_are_used() async throws {
        let redis = try await OwnRedis.start(["--requirepass", "open sesame"])
        let place = "127.0.0.1:\(redis.port)"
        let good = try await connect("redis://default:open%20sesame@\(place)/2")
        let isGood = await isUp(good)
        XCTAssertTrue(isGood)
        for (url, refusal) in [("redis://:guess@\(place)", "WRONGPASS"), ("redis://\(place)", "NOAUTH")] {
            let log = RecordedLog()
            let refused = try await connect(url, log: log)
            let isRefused = await eventually { log.contains(refusal) }
            XCTAssertTrue(isRefused, refusal)
            XCTAssertFalse(log.contains("guess"))
            guard case .down = await refused.status() else { return XCTFail("it came in") }
        }
        redis.kill()
    }

    func test_tls_with_a_certificate_of_its_own_authority() async throws {
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
        let redis = try await OwnRedis.start(options + ["--tls-auth-clients", "no"], tls: true)
        let authority = folder.appendingPathComponent("ca.pem").path
        let trusting = try await connect("rediss://localhost:\(redis.port)?cacert=\(authority)")
        let isUp = await isUp(trusting)
        XCTAssertTrue(isUp)
        let log = RecordedLog()
        let careful = try await connect("rediss://localhost:\(redis.port)", log: log)
        let hasRefused = await eventually { log.contains("Redis is away") }
        XCTAssertTrue(hasRefused)
        guard case .down = await careful.status() else { return XCTFail("it trusted a stranger") }
        redis.kill()
    }
}

/// A Redis that a test may kill.
final class OwnRedis {
    let port: Int
    private let process: ChildProcess

    var url: String { "redis://127.0.0.1:\(port)" }

    /// Returns when it takes connections. `port`: nil for a free one.
    static func start(_ options: [String] = [], port: Int? = nil, tls: Bool = false) async throws -> OwnRedis {
        _ = try await EphemeralServices.variables()
        let port = try port ?? freePort()
        let listening = tls ? ["--port", "0", "--tls-port", "\(port)"] : ["--port", "\(port)"]
        let process = try ChildProcess(
            "/usr/bin/redis-server", listening + ["--save", "", "--bind", "127.0.0.1"] + options,
            in: TestServer.makeFolder())
        var seen: [String] = []
        for await line in process.lines {
            seen.append(line)
            if line.contains("Ready to accept connections") { return OwnRedis(process, port) }
        }
        throw TestServer.NotStarted(description: seen.joined(separator: "\n"))
    }

    private init(_ process: ChildProcess, _ port: Int) {
        self.process = process
        self.port = port
    }

    func kill() { process.kill() }
    func signal(_ number: Int32) { process.signal(number) }

    private static func freePort() throws -> Int {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(socket, address, length) == 0 ? getsockname(socket, address, &length) : -1
            }
        }
        guard result == 0 else { throw TestServer.NotStarted(description: "there is no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
