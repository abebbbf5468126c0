import XCTest

@testable import BookingsRedis

final class RedisTargetTests: XCTestCase {
    func test_a_url_of_a_host_alone_has_defaults() throws {
        let target = try RedisTarget(url: "redis://cache.example")
        XCTAssertEqual([target.host, "\(target.port)", "\(target.usesTLS)"], ["cache.example", "6379", "false"])
        XCTAssertTrue(target.firstCommands.isEmpty)
    }

    func test_a_url_may_have_every_part() throws {
        let target = try RedisTarget(url: "rediss://us%40er:p%2Fa%3A+@[::1]:6380/3?cacert=/etc/ca.pem")
        XCTAssertEqual([target.host, "\(target.port)", "\(target.usesTLS)"], ["::1", "6380", "true"])
        XCTAssertEqual([target.user, target.password], ["us@er", "p/a:+"])
        XCTAssertEqual(target.database, 3)
        XCTAssertEqual(target.authorities, "/etc/ca.pem")
        XCTAssertEqual(target.firstCommands.map(\.name), ["AUTH", "SELECT"])
    }

    func test_a_url_may_have_a_password_without_a_user() throws {
        let target = try RedisTarget(url: "redis://:secret@host:1")
        XCTAssertEqual([target.user, target.password], [nil, "secret"])
    }

    func test_the_problem_of_a_malformed_url_quotes_no_secret() {
        for url in [
            "http://host", "redis://", "redis://:s3cret@", "redis://host:0", "redis://host:70000",
            "redis://host:s3cret", "redis://host/s3cret", "redis://:%zzs3cret@host", "redis://host?user=s3cret",
        ] {
            XCTAssertThrowsError(try RedisTarget(url: url), url) { XCTAssertFalse("\($0)".contains("s3cret"), "\($0)") }
        }
    }
}
