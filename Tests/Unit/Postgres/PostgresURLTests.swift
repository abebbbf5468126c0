import XCTest

@testable import Bookings
@testable import BookingsPostgres

final class PostgresURLTests: XCTestCase {
    func test_the_problem_of_a_malformed_url_quotes_no_part_of_it() {
        for url in [
            "postgresql://user:geheim%zz@h/db", "postgresql://user:geh/eim@h/db", "postgresql://user:geh@eim@h/db",
            "postgresql://user:gehe@im1@h", "postgresql://user:geh?eim@h/db", "postgresql://user:12/geheim@h/db",
            "postgresql://user:12/geh?eim@h/db", "postgresql://user:12/geh?host=eim@h/db",
            "postgresql://h/db?password=geh%",
            "postgresql://h/db?password=geh&eim", "postgresql://h/db?geheim=1", "postgresql://h?password=geh@eim",
            "postgresql://user:geheim@h:geheim/db", "postgresql://user:geheim@h:70000/db", "postgresql://[geheim/db",
            "postgresql://user:geheim@h/db?geheim", "postgres://user:geh%2Xeim@h",
        ] {
            let problem = PostgresURL.problem(in: url)
            XCTAssertNotNil(problem, url)
            for part in ["geh", "eim"] {
                XCTAssertFalse(problem?.contains(part) ?? false, "\(url): \(problem ?? "")")
            }
        }
        for url in [
            "postgresql://", "postgresql:///db", "postgresql://h", "postgresql://u@h/db",
            "postgresql://u:p%40%2F%25%3F@h/db",
            "postgresql://u:p:q#r@h:5432/db", "postgresql://u:p@a:1,b:2/db?target_session_attrs=read-write",
            "postgresql://%2Ftmp/db", "postgresql:///db?host=/tmp&user=a%40b&password=x%40y",
            "postgres://[::1]:5432/db",
        ] {
            XCTAssertNil(PostgresURL.problem(in: url), url)
        }
    }

    func test_a_message_about_a_connection_contains_neither_user_nor_password() {
        let message = "connection to server at \"h\", port 5 failed: FATAL: no \"ann\" with ge/im or ge%2Fim"
        XCTAssertEqual(
            PostgresURL.scrub(message, of: "postgresql://ann:ge%2Fim@h:5/db"),
            "connection to server at \"h\", port 5 failed: FATAL: no \"…\" with … or …")
        XCTAssertEqual(
            PostgresURL.scrub(message, of: "postgresql://h:5/db?user=ann&password=ge%2Fim"),
            "connection to server at \"h\", port 5 failed: FATAL: no \"…\" with … or ge%2Fim")
    }
}
