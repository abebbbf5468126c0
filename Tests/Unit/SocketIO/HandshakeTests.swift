import XCTest

@testable import Bookings
@testable import BookingsSocketIO

final class HandshakeTests: XCTestCase {
    private let handshake = Handshake(allowedOrigins: ["http://localhost:3001"])

    private func purpose(
        _ query: String?, _ origin: String? = nil, isGet: Bool = true, isUpgrade: Bool = true
    ) -> Result<Handshake.Purpose, Handshake.Refusal> {
        do throws(Handshake.Refusal) {
            return .success(
                try handshake.purpose(
                    query: query, origin: origin, host: "app:80", isGet: isGet, isUpgrade: isUpgrade))
        } catch {
            return .failure(error)
        }
    }

    func test_a_web_socket_request_opens_or_is_refused_with_its_reason() {
        let table: [(String?, String?, isGet: Bool, Result<Handshake.Purpose, Handshake.Refusal>)] = [
            ("EIO=4&transport=websocket", nil, true, .success(.webSocket(session: nil))),
            ("EIO=4&transport=websocket&t=abc", "http://localhost:3001", true, .success(.webSocket(session: nil))),
            ("EIO=4&transport=websocket", "HTTP://LOCALHOST:3001", true, .failure(.forbidden)),
            ("EIO=4&transport=websocket", "http://localhost:3001/", true, .failure(.forbidden)),
            ("EIO=4&transport=websocket", "https://app:80", true, .success(.webSocket(session: nil))),
            ("EIO=4&transport=websocket", "http://app", true, .success(.webSocket(session: nil))),
            ("EIO=4&transport=websocket", "http://app:80", true, .failure(.forbidden)),
            ("EIO=4&transport=websocket", "https://app", true, .failure(.forbidden)),
            ("EIO=4&transport=websocket", "http://evil.example", true, .failure(.forbidden)),
            ("EIO=4&transport=websocket", "null", true, .failure(.forbidden)),
            (nil, nil, true, .failure(.unknownTransport)),
            ("EIO=4&transport=carrier", nil, true, .failure(.unknownTransport)),
            ("EIO=4&transport=websocket&transport=websocket", nil, true, .failure(.unknownTransport)),
            ("EIO=3&transport=websocket", nil, true, .failure(.unsupportedVersion)),
            ("transport=websocket", nil, true, .failure(.unsupportedVersion)),
            ("EIO=4&transport=websocket&sid=x", nil, true, .success(.webSocket(session: "x"))),
            ("EIO=4&transport=websocket", nil, false, .failure(.badMethod)),
        ]
        for (query, origin, isGet, expected) in table {
            XCTAssertEqual(purpose(query, origin, isGet: isGet), expected, query ?? "")
        }
    }

    func test_long_polling_opens_with_a_get_and_continues_with_its_session() {
        let plain: [(String, isGet: Bool, Result<Handshake.Purpose, Handshake.Refusal>)] = [
            ("EIO=4&transport=polling", true, .success(.polling(session: nil))),
            ("EIO=4&transport=polling", false, .failure(.badMethod)),
            ("EIO=3&transport=polling", true, .failure(.unsupportedVersion)),
            ("EIO=4&transport=polling&sid=x", true, .success(.polling(session: "x"))),
            ("EIO=4&transport=polling&sid=x", false, .success(.polling(session: "x"))),
            ("EIO=4&transport=websocket", true, .failure(.badRequest)),
        ]
        for (query, isGet, expected) in plain {
            XCTAssertEqual(purpose(query, isGet: isGet, isUpgrade: false), expected, query)
        }
        XCTAssertEqual(
            purpose("EIO=4&transport=polling", "http://evil.example", isUpgrade: false), .failure(.forbidden))
    }

    func test_a_refusal_has_the_codes_and_messages_of_engine_io() {
        let table: [(Handshake.Refusal, Int, String)] = [
            (.unknownTransport, 400, #"{"code":0,"message":"Transport unknown"}"#),
            (.unknownSession, 400, #"{"code":1,"message":"Session ID unknown"}"#),
            (.badMethod, 400, #"{"code":2,"message":"Bad handshake method"}"#),
            (.badRequest, 400, #"{"code":3,"message":"Bad request"}"#),
            (.forbidden, 403, #"{"code":4,"message":"Forbidden"}"#),
            (.unsupportedVersion, 400, #"{"code":5,"message":"Unsupported protocol version"}"#),
        ]
        for (refusal, status, json) in table {
            XCTAssertEqual(refusal.status, status)
            XCTAssertEqual(String(decoding: refusal.json, as: UTF8.self), json)
        }
    }
}
