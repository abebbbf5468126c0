import XCTest

@testable import BookingsRuntime

/// The request of a container's health check.
final class HealthProbeTests: XCTestCase {
    func test_an_address_for_all_interfaces_is_asked_by_the_loopback_address() {
        let addresses = [
            "127.0.0.1": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]", "fd00::7": "[fd00::7]",
            "bookings.internal": "bookings.internal",
        ]
        for (host, address) in addresses {
            var configuration = ServiceConfiguration()
            (configuration.host, configuration.port) = (host, 4000)
            XCTAssertEqual(HealthProbe(of: configuration).url, "http://\(address):4000/health/ready")
        }
    }
}
