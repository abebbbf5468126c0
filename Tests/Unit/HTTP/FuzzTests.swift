import HTTPTypes
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsHTTP
@testable import BookingsSQLite

/// Sends random requests. Each response has a status below 500 and conforms to the OpenAPI description.
final class FuzzTests: XCTestCase {
    /// Generates the parts of requests: valid, nearly valid and invalid ones.
    private struct RequestGenerator {
        var random: SeededRandom
        var known: [String] = []

        mutating func element(of choices: [String]) -> String { choices[random.below(choices.count)] }

        mutating func noise() -> String {
            let bytes = (0..<random.below(40)).map { _ in UInt8(0x20 + random.below(0x5f)) }
            return String(decoding: bytes, as: UTF8.self)
        }

        mutating func identifier() -> String {
            element(
                of: known + [
                    TestApp.provider, TestApp.otherProvider, TestApp.unknownID, noise(), "", "%00", "..", "Ⅻ", "null",
                ])
        }

        mutating func time() -> String {
            element(of: [
                TestApp.at(Double(random.below(40)) / 2), TestApp.at(-1), "9999-12-31T23:59:59.999Z",
                "1970-01-01T00:00:00Z",
                "2030-02-30T00:00:00Z", "2030-05-01T12:00:00", "2030-05-01T24:00:00Z", "2016-12-31T23:59:60Z", noise(),
                "",
                "0", "+1", "2030-05-01T12:00:00+99:99",
            ])
        }

        mutating func path() -> String {
            let id = identifier().filter { !"/?# ".contains($0) }
            return element(of: [
                "/bookings", "/bookings/upcoming", "/bookings/past", "/bookings/\(id)", "/bookings/\(id)/history",
                "/bookings/\(id)/confirm", "/bookings/\(id)/decline", "/bookings/\(id)/cancel",
                "/bookings/\(id)/reschedule", "/bookings/\(id)/complete", "/bookings/\(id)/no-show", "/events",
                "/health",
                "/health/ready", "/metrics", "/auth/token", "/openapi.json", "/docs", "/bookings/", "//", "/\(id)",
            ])
        }

        mutating func query() -> String {
            let names = [
                "page", "limit", "cursor", "as_of", "status", "provider_id", "customer_id", "service_id", "from", "to",
                "sort", "after", "token", noise(), "",
            ]
            let pairs = (0..<random.below(4)).map { _ in
                let value = element(of: [
                    "1", "0", "-1", "100", "101", "99999999999999999999", identifier(), time(), "confirmed",
                    "-start_time",
                    noise(), "%", "%zz", "%ff", "",
                ])
                return "\(element(of: names))=\(value)"
            }
            return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&").filter { $0.isASCII && !"# ".contains($0) }
        }

        mutating func body() -> String? {
            switch random.below(6) {
            case 0: return nil
            case 1:
                let from = Double(random.below(80)) / 2
                return TestApp.body(from: from, to: from + 0.5)
            case 2:
                return element(of: [
                    noise(), "{}", "[]", "null", "\"", "{\"a\":", String(repeating: "[", count: 100), "{\"sub\":1}",
                    "1e999",
                    "{}{}",
                    String(repeating: " ", count: 70_000), "{\"provider_id\":null}", "{\"\\ud800\":1}",
                ])
            default:
                let names = [
                    "provider_id", "service_id", "customer_id", "start_time", "end_time", "sub", "roles", "ttl_seconds",
                    noise().filter { $0 != "\"" && $0 != "\\" },
                ]
                let members = (0..<random.below(7)).map { _ in
                    let value = element(of: [
                        "\"\(identifier())\"", "\"\(time())\"", "1", "-0.5e3", "null", "true", "{}", "[\"admin\"]",
                        "[1]",
                    ])
                    return "\"\(element(of: names))\":\(value.replacing("\\", with: ""))"
                }
                return "{\(members.joined(separator: ","))}"
            }
        }

        mutating func headers() -> [(String, String)] {
            let names = [
                "Idempotency-Key", "If-Match", "If-None-Match", "X-Request-ID", "Content-Type", "Origin",
                "Authorization",
                "Last-Event-ID", "Accept", "Access-Control-Request-Method", "Content-Length",
            ]
            return (0..<random.below(4)).map { _ in
                let value = element(of: [
                    "a", "\"1\"", "W/\"1\"", "*", "\"2\", \"1\"", "application/json", "text/plain", "Bearer x", noise(),
                    String(repeating: "k", count: 300), "http://localhost:3001", "null", "-1",
                ])
                return (element(of: names), value.trimmingSpaces)
            }
        }
    }

    func test_random_requests_never_cause_a_server_error() async throws {
        let app = try await TestApp.open { $0.initialStatus = .pending }
        var generator = RequestGenerator(random: SeededRandom(seed: 5))
        for hour in 0..<4 {
            generator.known.append(try await app.book(from: Double(hour) + 1, to: Double(hour) + 2))
        }
        let tokens = [
            app.admin, app.token(TestApp.provider, "provider"), app.token("ann", "customer"), nil, "x.y.z",
            app.token("nobody", "guest"),
        ]
        var seen: [Int: Int] = [:]
        for number in 0..<4000 {
            let methods: [HTTPRequest.Method] = [.get, .post, .head, .put, .delete, .patch, .options]
            let method = methods[
                generator.random.below(3) == 0 ? generator.random.below(7) : generator.random.below(2)]
            let path = generator.path() + generator.query()
            let answer = try await app.send(
                method, path, as: tokens[generator.random.below(tokens.count)], generator.headers(),
                body: generator.body())
            XCTAssertLessThan(answer.status, 500, "\(number): \(method) \(path)")
            seen[answer.status, default: 0] += 1
        }
        // The generator reaches every kind of response.
        for status in [200, 201, 400, 401, 403, 404, 405, 409, 412, 413, 415] {
            XCTAssertGreaterThan(seen[status, default: 0], 0, "status \(status) was never seen: \(seen)")
        }
    }
}
