import XCTest

@testable import Bookings
@testable import BookingsRuntime

final class ConfigurationTests: XCTestCase {
    func test_all_invalid_variables_are_reported_at_once_without_their_values() {
        let invalid = [
            "PORT": "70000", "APP_ENV": "prod", "DATABASE_URL": "mysql://x", "REDIS_URL": "http://x",
            "MIGRATE_ON_START": "maybe",
            "JWT_SECRET": "short", "FRONTEND_URL": "localhost", "CUSTOMER_ACCESS": "all",
            "BOOKING_INITIAL_STATUS": "cancelled",
            "REMINDER_LEAD_MINUTES": "10,x", "EVENT_RETENTION_SECONDS": "0", "CACHE_TTL_SECONDS": "-1",
            "SOCKETIO_ANONYMOUS": "2",
            "RATE_LIMIT": "100", "LOG_LEVEL": "loud", "LOG_FORMAT": "xml", "JWT_JWKS_URL": "file:///x",
            "WEBHOOKS": "perhaps", "WEBHOOK_ALLOWED_NETWORKS": "10.0.0.0/8,x", "SECRETS_KEY": "too short",
            "AUDIT": "maybe", "AUDIT_CORE_PERCENT": "0", "REPLICA_NAME": "two words",
        ]
        XCTAssertThrowsError(try ServiceConfiguration.read(environment: invalid)) { error in
            guard let error = error as? ConfigurationError else { return XCTFail("\(error)") }
            for name in invalid.keys { XCTAssertTrue(error.lines.contains { $0.hasPrefix(name + " ") }, name) }
            XCTAssertFalse(error.description.contains("short"))
            XCTAssertFalse(error.description.contains("perhaps"))
        }
    }

    func test_the_environment_takes_precedence_over_the_file() throws {
        let file =
            "# comment\nexport PORT=4000\nHOST=\"0.0.0.0\" # all\nREMINDER_LEAD_MINUTES='10, 0.5'\nRATE_LIMIT=5/10 # five\n"
        let read = try ServiceConfiguration.read(environment: ["PORT": "5000"], dotEnv: DotEnv.parse(Array(file.utf8)))
        XCTAssertEqual(read.port, 5000)
        XCTAssertEqual(read.host, "0.0.0.0")
        XCTAssertEqual(read.reminderPlan.leads, [.seconds(600), .seconds(30)])
        XCTAssertEqual(read.rateLimit, RateLimit(requests: 5, window: .seconds(10)))
    }

    func test_a_secret_keeps_its_blanks_and_a_number_has_digits_only() throws {
        let secret = "  a secret with blanks at both of its ends  "
        let read = try ServiceConfiguration.read(environment: ["JWT_SECRET": secret])
        XCTAssertEqual(read.jwtSecret, Array(secret.utf8))
        for (name, value) in [
            ("PORT", "+3000"), ("REMINDER_LEAD_MINUTES", "0x10"), ("REMINDER_LEAD_MINUTES", "1e3"),
            ("REMINDER_LEAD_MINUTES", "+1"), ("REMINDER_LEAD_MINUTES", "nan"), ("REMINDER_LEAD_MINUTES", "."),
        ] {
            XCTAssertThrowsError(try ServiceConfiguration.read(environment: [name: value]), "\(name)=\(value)")
        }
    }

    func test_production_requires_a_key() {
        XCTAssertThrowsError(try ServiceConfiguration.read(environment: ["NODE_ENV": "production"]))
        XCTAssertNoThrow(
            try ServiceConfiguration.read(environment: [
                "APP_ENV": "production", "JWT_SECRET": String(repeating: "x", count: 32),
            ]))
    }

    func test_origins_are_normalized() throws {
        let read = try ServiceConfiguration.read(environment: [
            "FRONTEND_URL": "HTTPS://Shop.Example:443/, http://[0:0:0:0:0:0:0:1]:80 ,http://b\u{fc}cher.example"
        ])
        XCTAssertEqual(read.frontendOrigins, ["https://shop.example", "http://[::1]", "http://xn--bcher-kva.example"])
    }

    func test_a_malformed_database_url_is_reported() {
        for url in [
            "sqlite:", "sqlite://x", "sqlite:///x", "sqlite::memory", "sqlite:x?mode=ro", "sqlite:file:x",
            "sqlite:data/",
            "host=db password=hush", "mysql://u:hush@h/d", "SQLITE:x", "postgresql:/x",
        ] {
            XCTAssertThrowsError(try ServiceConfiguration.read(environment: ["DATABASE_URL": url]), url) {
                XCTAssertTrue("\($0)".hasPrefix("DATABASE_URL must be "), "\($0)")
                XCTAssertFalse("\($0)".contains("hush"), "\($0)")
            }
        }
        for url in ["sqlite:x", "sqlite:./data/x.sqlite", "sqlite:/var/x", "sqlite::memory:", "postgresql:///x"] {
            XCTAssertNoThrow(try ServiceConfiguration.read(environment: ["DATABASE_URL": url]), url)
        }
    }

    func test_an_empty_variable_counts_as_unset_and_hides_the_file() throws {
        let read = try ServiceConfiguration.read(environment: ["PORT": " ", "HOST": ""], dotEnv: ["PORT": "4000"])
        XCTAssertEqual(read.port, 3000)
        XCTAssertEqual(read.host, "127.0.0.1")
    }
}
