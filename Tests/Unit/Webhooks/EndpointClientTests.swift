import Synchronization
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsRuntime
@testable import BookingsWebhooks

/// Which addresses deliveries reach.
final class EndpointClientTests: XCTestCase {
    private let message = DeliveryMessage(id: EventID(high: 1, low: 2), name: "ping", body: Array("{}".utf8))

    private func send(
        _ url: String, _ rules: WebhookAddressRules, resolve: @escaping HostResolver.Resolve = HostResolver.system
    ) async throws -> AttemptResult {
        let client = EndpointClient(
            url: try XCTUnwrap(WebhookURL(url), url), rules: rules, resolve: resolve, clock: SystemClock())
        let result = await client.send(message, secrets: [[1]])
        await client.close()
        return result
    }

    /// Each notation of an address that is not public is refused in production before anything is connected to.
    func test_production_sends_to_no_address_that_is_not_public_however_it_is_written() async throws {
        let listener = try await WebhookListener.start(on: "127.0.0.1")
        for host in [
            "127.0.0.1", "2130706433", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "127.1", "127.0.1", "localhost", "0",
            "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]", "169.254.169.254", "10.0.0.1", "[fd00:ec2::254]", "192.168.0.1", "[fe80::1]",
        ] {
            let result = try await send(
                "http://\(host):\(listener.port)/", WebhookAddressRules(isProduction: true))
            XCTAssertTrue(
                ["the address of the host is not allowed", "the host could not be resolved"].contains(result.error),
                "\(host): \(result)")
        }
        XCTAssertEqual(listener.connections, 0)
        try await listener.stop()
    }

    func test_a_host_is_connected_to_at_the_address_that_was_checked() async throws {
        let listener = try await WebhookListener.start(on: "127.0.0.2")
        let allowed = WebhookAddressRules(isProduction: true, allowed: [try XCTUnwrap(AddressRange("127.0.0.2"))])
        // The system resolves the name to another address: that of the check is used.
        let url = "http://localhost:\(listener.port)/"
        let pinned = try await send(url, allowed) { _ in [IPAddress("127.0.0.2")].compactMap { $0 } }
        XCTAssertEqual(pinned.status, 204, "\(pinned)")
        XCTAssertEqual(listener.connections, 1)
        let rebound = try await send(url, allowed) { _ in [IPAddress("127.0.0.1")].compactMap { $0 } }
        XCTAssertEqual(rebound.error, "the address of the host is not allowed")
        try await listener.stop()
    }

    func test_a_host_whose_address_changes_is_checked_again() async throws {
        let listener = try await WebhookListener.start(on: "127.0.0.2")
        let allowed = WebhookAddressRules(isProduction: true, allowed: [try XCTUnwrap(AddressRange("127.0.0.2"))])
        let answers = Mutex(["127.0.0.2", "127.0.0.1"])
        let clock = SteppedClock()
        let client = EndpointClient(
            url: try XCTUnwrap(WebhookURL("http://rebinding.example:\(listener.port)/")), rules: allowed,
            resolve: { _ in [IPAddress(answers.withLock { $0.removeFirst() })].compactMap { $0 } }, clock: clock)
        let first = await client.send(message, secrets: [[1]])
        XCTAssertEqual(first.status, 204, "\(first)")
        clock.step(by: .seconds(60))
        let second = await client.send(message, secrets: [[1]])
        XCTAssertEqual(second.error, "the address of the host is not allowed")
        await client.close()
        try await listener.stop()
    }
}

/// A clock whose elapsed time jumps; its timers are the system's.
private final class SteppedClock: WallClock {
    private let base = SystemClock()
    private let offset = Mutex(Duration.zero)

    func step(by duration: Duration) { offset.withLock { $0 += duration } }
    func now() -> Timestamp { base.now() }
    func elapsed() -> Duration { base.elapsed() + offset.withLock { $0 } }
    func schedule(at instant: Timestamp, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction {
        base.schedule(at: instant, action)
    }
    func schedule(after delay: Duration, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction {
        base.schedule(after: delay, action)
    }
}
