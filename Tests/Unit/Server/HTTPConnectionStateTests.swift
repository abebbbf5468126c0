import NIOCore
import NIOHTTP1
import XCTest

@testable import Bookings
@testable import BookingsHTTP
@testable import BookingsRuntime

/// The connection's state machine as tables: what goes in, and which actions come out.
final class HTTPConnectionStateTests: XCTestCase {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    /// A connection whose requests are answered as a test says.
    private struct Fixture {
        var state: HTTPConnectionState
        var now = HTTPConnectionStateTests.start
        let limits: ConnectionLimits

        init(_ configure: (inout ConnectionLimits) -> Void = { _ in }) {
            var limits = ConnectionLimits()
            configure(&limits)
            self.limits = limits
            state = HTTPConnectionState(limits: limits, at: HTTPConnectionStateTests.start)
        }

        mutating func head(
            _ path: String = "/a", _ method: HTTPMethod = .GET, _ version: HTTPVersion = .http1_1,
            _ fields: [(String, String)] = [], intake: RequestIntake = RequestIntake()
        ) throws {
            let head = HTTPRequestHead(
                version: version, method: method, uri: path, headers: HTTPHeaders([("Host", "a")] + fields))
            state.receive(.head(try RequestHead(head, limits: limits), intake), at: now)
        }

        mutating func get(
            _ path: String = "/a", _ version: HTTPVersion = .http1_1, _ fields: [(String, String)] = [],
            intake: RequestIntake = RequestIntake()
        ) throws {
            try head(path, .GET, version, fields, intake: intake)
            state.receive(.end, at: now)
        }

        mutating func body(_ text: String) { state.receive(.body(ByteBuffer(string: text)), at: now) }
        mutating func end() { state.receive(.end, at: now) }

        /// All actions that are due, as short words.
        mutating func actions() -> [String] {
            var words: [String] = []
            while let action = state.nextAction(at: now) {
                words.append(Self.word(action))
                if case .upgrade = Self.kind(action) { break }
            }
            return words
        }

        enum Kind { case upgrade, other }
        private static func kind(_ action: HTTPConnectionState.Action) -> Kind {
            if case .considerUpgrade = action { .upgrade } else { .other }
        }

        private static func word(_ action: HTTPConnectionState.Action) -> String {
            switch action {
            case .sendContinue: "100"
            case .respond(let head, .complete(let body)): "respond \(head.request.path ?? "") \(String(buffer: body))"
            case .respond(let head, .tooLarge): "respond \(head.request.path ?? "") too large"
            case .considerUpgrade(let head, _): "upgrade \(head.request.path ?? "")"
            case .reject(let error): "reject \(error.problem.slug.rawValue)"
            case .abandonResponse: "abandon"
            case .closeOutput: "close output"
            case .close: "close"
            }
        }

        /// Answers the request under way, and returns whether its answer carries `Connection: close`.
        @discardableResult
        mutating func answer(ofKnownLength isKnown: Bool = true) -> Bool? {
            let framing = state.beginResponse(ofKnownLength: isKnown)
            state.endResponse(at: now)
            return framing?.closes
        }

        mutating func pass(_ time: TimeAmount) {
            now = now + time
            state.tick(at: now)
        }
    }

    func test_requests_that_arrive_together_are_answered_one_at_a_time_in_order() throws {
        var fixture = Fixture()
        for path in ["/a", "/b", "/c"] { try fixture.get(path) }
        XCTAssertEqual(fixture.actions(), ["respond /a "])
        XCTAssertFalse(fixture.state.wantsRead)
        XCTAssertEqual(fixture.answer(), false)
        XCTAssertEqual(fixture.actions(), ["respond /b "])
        fixture.answer()
        XCTAssertEqual(fixture.actions(), ["respond /c "])
        fixture.answer()
        XCTAssertEqual(fixture.actions(), [])
        XCTAssertTrue(fixture.state.wantsRead)
    }

    func test_a_body_is_gathered_up_to_its_limit() throws {
        let intake = RequestIntake(bodyLimit: 6)
        var fixture = Fixture()
        try fixture.head("/a", .POST, intake: intake)
        fixture.body("one")
        XCTAssertEqual(fixture.actions(), [])
        fixture.body("two")
        fixture.end()
        XCTAssertEqual(fixture.actions(), ["respond /a onetwo"])
        XCTAssertEqual(fixture.answer(), false)

        try fixture.head("/b", .POST, intake: intake)
        fixture.body("seven b")
        XCTAssertEqual(fixture.actions(), ["respond /b too large"])
        fixture.body("the rest is dropped")
        fixture.end()
        XCTAssertEqual(fixture.answer(), true)
        XCTAssertEqual(fixture.actions(), ["close output"])
    }

    func test_a_length_over_the_limit_is_answered_before_the_body_comes() throws {
        var fixture = Fixture()
        try fixture.head(
            "/a", .POST, .http1_1, [("Content-Length", "7"), ("Expect", "100-continue")],
            intake: RequestIntake(bodyLimit: 6))
        XCTAssertEqual(fixture.actions(), ["respond /a too large"])
    }

    func test_which_answers_close_the_connection() throws {
        let cases: [(HTTPVersion, [(String, String)], closes: Bool)] = [
            (.http1_1, [], false),
            (.http1_1, [("Connection", "keep-alive")], false),
            (.http1_1, [("Connection", "close")], true),
            (.http1_1, [("Connection", "Close")], true),
            (.http1_1, [("Connection", "close, TE")], true),
            (.http1_1, [("Connection", "keep-alive, close")], true),
            (.http1_1, [("Connection", "TE"), ("Connection", "close")], true),
            (.http1_1, [("Connection", "closed")], false),
            (.http1_0, [], true),
            (.http1_0, [("Connection", "keep-alive")], false),
            (.http1_0, [("Connection", "Keep-Alive")], false),
            (.http1_0, [("Connection", "keep-alive, close")], true),
            (.http1_1, [("Upgrade", "h2c")], true),
        ]
        for (version, fields, closes) in cases {
            var fixture = Fixture()
            try fixture.get("/a", version, fields)
            XCTAssertEqual(fixture.actions(), ["respond /a "], "\(version) \(fields)")
            XCTAssertEqual(fixture.answer(), closes, "\(version) \(fields)")
            XCTAssertEqual(fixture.actions(), closes ? ["close output"] : [], "\(version) \(fields)")
        }
    }

    func test_an_answer_of_unknown_length_closes_a_connection_of_1_0() throws {
        var fixture = Fixture()
        try fixture.get("/a", .http1_0, [("Connection", "keep-alive")])
        _ = fixture.actions()
        XCTAssertEqual(fixture.answer(ofKnownLength: false), true)
    }

    func test_a_client_that_waits_is_told_to_send_its_body_when_its_turn_has_come() throws {
        let expects = [("Expect", "100-continue"), ("Content-Length", "3")]
        var fixture = Fixture()
        try fixture.head("/a", .POST, .http1_1, expects)
        XCTAssertEqual(fixture.actions(), ["100"])
        fixture.body("one")
        fixture.end()
        XCTAssertEqual(fixture.actions(), ["respond /a one"])
        // The next one waits until this answer has left.
        try fixture.head("/b", .POST, .http1_1, expects)
        XCTAssertEqual(fixture.actions(), [])
        fixture.answer()
        XCTAssertEqual(fixture.actions(), ["100"])
        // One of HTTP/1.0 knows no interim answers.
        var old = Fixture()
        try old.head("/a", .POST, .http1_0, expects)
        XCTAssertEqual(old.actions(), [])
    }

    func test_any_request_may_upgrade_and_a_refused_one_is_answered() throws {
        let upgrade = [("Upgrade", "websocket"), ("Connection", "Upgrade")]
        var fixture = Fixture()
        try fixture.get("/a")
        try fixture.get("/ws", .http1_1, upgrade)
        XCTAssertEqual(fixture.actions(), ["respond /a "])
        fixture.answer()
        guard case .considerUpgrade(let head, let body)? = fixture.state.nextAction(at: fixture.now) else {
            return XCTFail("no upgrade")
        }
        fixture.state.upgradeRefused(head, body)
        XCTAssertEqual(fixture.actions(), ["respond /ws "])
        XCTAssertEqual(fixture.answer(), false)
        try fixture.get("/ws", .http1_1, upgrade)
        XCTAssertEqual(fixture.actions(), ["upgrade /ws"])
        fixture.state.upgraded()
        fixture.state.receive(.body(ByteBuffer(string: "x")), at: fixture.now)
        XCTAssertEqual(fixture.actions(), [])
        XCTAssertNil(fixture.state.deadline)
        XCTAssertTrue(fixture.state.wantsRead)
    }

    func test_bytes_that_are_no_request_are_answered_behind_what_came_before() throws {
        var fixture = Fixture()
        try fixture.get("/a")
        fixture.state.receive(.failure(.malformed), at: fixture.now)
        XCTAssertEqual(fixture.actions(), ["respond /a "])
        XCTAssertEqual(fixture.answer(), false)
        XCTAssertEqual(fixture.actions(), ["reject validation"])
        XCTAssertEqual(fixture.answer(), true)
        XCTAssertEqual(fixture.actions(), ["close output"])
        // Behind an answer that closes nothing is looked at.
        var closing = Fixture()
        try closing.get("/a", .http1_1, [("Connection", "close")])
        closing.state.receive(.failure(.malformed), at: closing.now)
        XCTAssertEqual(closing.actions(), ["respond /a "])
        closing.answer()
        XCTAssertEqual(closing.actions(), ["close output"])
    }

    func test_nothing_is_answered_or_read_while_the_client_does_not_read() throws {
        var fixture = Fixture()
        fixture.state.writabilityChanged(to: false, at: fixture.now)
        try fixture.get("/a")
        XCTAssertEqual(fixture.actions(), [])
        XCTAssertFalse(fixture.state.wantsRead)
        fixture.state.writabilityChanged(to: true, at: fixture.now)
        XCTAssertEqual(fixture.actions(), ["respond /a "])
    }

    func test_the_end_of_input_closes_behind_the_last_answer() throws {
        var fixture = Fixture()
        try fixture.get("/a")
        try fixture.get("/b")
        XCTAssertEqual(fixture.actions(), ["respond /a "])
        fixture.state.inputClosed()
        XCTAssertEqual(fixture.actions(), [])
        fixture.answer()
        // The answer to a request that was complete is not lost, but its connection is at its end.
        XCTAssertEqual(fixture.actions(), ["close"])
        var idle = Fixture()
        idle.state.inputClosed()
        XCTAssertEqual(idle.actions(), ["close"])
        var half = Fixture()
        try half.head("/a", .POST)
        _ = half.actions()
        half.state.inputClosed()
        XCTAssertEqual(half.actions(), ["close"])
    }

    func test_whatever_waits_for_events_ends_with_its_client() throws {
        let waits = RequestIntake(waitsForEvents: true)
        var closed = Fixture()
        try closed.get("/events", intake: waits)
        _ = closed.actions()
        closed.state.inputClosed()
        XCTAssertEqual(closed.actions(), ["abandon"])
        XCTAssertNil(closed.answer())
        var lost = Fixture()
        try lost.get("/events", intake: waits)
        _ = lost.actions()
        lost.state.channelClosed()
        XCTAssertEqual(lost.actions(), ["abandon"])
        // A write goes on: its client may come back and ask for it.
        var write = Fixture()
        try write.get("/a")
        _ = write.actions()
        write.state.channelClosed()
        XCTAssertEqual(write.actions(), [])
        XCTAssertNil(write.answer())
    }

    func test_deadlines() throws {
        var idle = Fixture()
        idle.pass(.seconds(74))
        XCTAssertEqual(idle.actions(), [])
        idle.pass(.seconds(1))
        XCTAssertEqual(idle.actions(), ["close"])

        var head = Fixture()
        head.state.readCompleted(at: head.now)
        head.pass(.seconds(6))
        head.state.readCompleted(at: head.now)
        head.pass(.seconds(4))
        XCTAssertEqual(head.actions(), ["reject request-timeout"])
        XCTAssertEqual(head.answer(), true)

        var body = Fixture()
        try body.head("/a", .POST)
        _ = body.actions()
        for _ in 1...3 {
            body.pass(.seconds(29))
            XCTAssertEqual(body.actions(), [])
            body.body("x")
            _ = body.actions()
        }
        body.pass(.seconds(30))
        XCTAssertEqual(body.actions(), ["reject request-timeout"])

        var unread = Fixture()
        try unread.get("/a")
        _ = unread.actions()
        unread.state.writabilityChanged(to: false, at: unread.now)
        unread.answer()
        unread.pass(.seconds(30))
        XCTAssertEqual(unread.actions(), ["close"])

        var stalled = Fixture()
        try stalled.get("/events", intake: RequestIntake(waitsForEvents: true))
        _ = stalled.actions()
        stalled.pass(.hours(5))
        XCTAssertEqual(stalled.actions(), [])
        stalled.state.writeBegan(at: stalled.now)
        stalled.pass(.seconds(30))
        XCTAssertEqual(stalled.actions(), ["abandon"])

        var lingering = Fixture()
        try lingering.get("/a", .http1_1, [("Connection", "close")])
        _ = lingering.actions()
        lingering.answer()
        XCTAssertEqual(lingering.actions(), ["close output"])
        XCTAssertTrue(lingering.state.wantsRead)
        lingering.pass(.seconds(2))
        XCTAssertEqual(lingering.actions(), ["close"])
    }

    func test_draining_closes_behind_the_next_answer_and_ends_what_is_idle() throws {
        var fixture = Fixture()
        try fixture.get("/a")
        _ = fixture.actions()
        fixture.state.drain(at: fixture.now)
        XCTAssertEqual(fixture.answer(), true)
        XCTAssertEqual(fixture.actions(), ["close output"])
        var idle = Fixture()
        idle.pass(.seconds(60))
        idle.state.drain(at: idle.now)
        idle.pass(.seconds(1))
        try idle.get("/a")
        XCTAssertEqual(idle.actions(), ["respond /a "])
        XCTAssertEqual(idle.answer(), true)
        var silent = Fixture()
        silent.state.drain(at: silent.now)
        silent.pass(.seconds(2))
        XCTAssertEqual(silent.actions(), ["close"])
    }

    func test_what_waits_behind_a_request_is_bounded() throws {
        var fixture = Fixture { $0.queuedBytes = 10_000 }
        for number in 0..<100 { try fixture.get("/\(number)") }
        var answered = 0
        while case let actions = fixture.actions(), actions.first?.hasPrefix("respond") == true {
            answered += 1
            fixture.answer()
        }
        XCTAssertTrue((10...20).contains(answered), "\(answered)")
        XCTAssertFalse(fixture.state.wantsRead && fixture.state.deadline == nil)
        XCTAssertEqual(fixture.state.activity, .closing)
    }

    func test_heads_that_must_not_be_served() {
        let cases: [(HTTPVersion, String, [(String, String)], ProtocolError?)] = [
            (.http1_1, "/a", [("Host", "a")], nil),
            (.http1_0, "/a", [], nil),
            (.http1_1, "/a", [], .badRequest("The header Host must be given once.")),
            (.http1_1, "/a", [("Host", "a"), ("Host", "a")], .badRequest("The header Host must be given once.")),
            (.http1_1, "/" + String(repeating: "a", count: 8191), [("Host", "a")], nil),
            (.http1_1, "/" + String(repeating: "a", count: 8192), [("Host", "a")], .targetTooLong),
        ]
        for (version, uri, fields, expected) in cases {
            let head = HTTPRequestHead(version: version, method: .GET, uri: uri, headers: HTTPHeaders(fields))
            do throws(ProtocolError) {
                _ = try RequestHead(head, limits: ConnectionLimits())
                XCTAssertNil(expected, "\(fields)")
            } catch {
                XCTAssertEqual(error, expected, "\(fields)")
            }
        }
    }

    func test_escapes_of_unreserved_characters_are_decoded_in_paths() {
        let cases = [
            ("/bookings", "/bookings"), ("/%62ookings", "/bookings"), ("/%7Ea%2D%2e%5f", "/~a-._"),
            ("/a%2Fb", "/a%2Fb"), ("/a%20b", "/a%20b"), ("/%", "/%"), ("/%6", "/%6"), ("/%zz", "/%zz"),
            ("/%+1", "/%+1"), ("/%2562", "/%2562"),
        ]
        for (path, expected) in cases { XCTAssertEqual(RequestPath.decodingUnreserved(path), expected, path) }
    }
}
