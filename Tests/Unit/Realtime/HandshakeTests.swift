import XCTest

@testable import Bookings

final class HandshakeTests: XCTestCase {
    private let handshake = Handshake(allowedOrigins: ["http://localhost:3001"])

    func testRequestsThatOpenNoSocketAreToldWhy() {
        let table: [(String?, String?, isGet: Bool, Handshake.Refusal?)] = [
            ("EIO=4&transport=websocket", nil, true, nil),
            ("EIO=4&transport=websocket&t=abc", "http://localhost:3001", true, nil),
            ("EIO=4&transport=websocket", "HTTP://LOCALHOST:3001", true, nil),
            ("EIO=4&transport=websocket", "https://house:80", true, nil),
            ("EIO=4&transport=websocket", "http://evil.example", true, .forbidden),
            ("EIO=4&transport=websocket", "null", true, .forbidden),
            (nil, nil, true, .unknownTransport),
            ("EIO=4&transport=pigeon", nil, true, .unknownTransport),
            ("EIO=4&transport=websocket&transport=websocket", nil, true, .unknownTransport),
            ("EIO=3&transport=websocket", nil, true, .unsupportedVersion),
            ("transport=websocket", nil, true, .unsupportedVersion),
            ("EIO=4&transport=websocket&sid=x", nil, true, .unknownSession),
            ("EIO=4&transport=websocket", nil, false, .badMethod),
        ]
        for (query, origin, isGet, refusal) in table {
            XCTAssertEqual(
                handshake.refusal(query: query, origin: origin, host: "house:80", isGet: isGet), refusal, query ?? "")
        }
    }

    func testARefusalIsWrittenInTheWordsOfEngineIO() {
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
