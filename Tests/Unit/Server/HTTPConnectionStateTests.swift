import NIOCore
import NIOHTTP1
import XCTest

@testable import Bookings
@testable import BookingsHTTP
@testable import BookingsRuntime

/// The connection's state machine: inputs, and the actions that they lead to.
final class HTTPConnectionStateTests: XCTestCase {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    /// A connection without a channel: a test feeds inputs and looks at actions.
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

        mutating func body(_ bytes: String) { state.receive(.body(ByteBuffer(string: bytes)), at: now) }
        mutating func end() { state.receive(.end, at: now) }

        /// Returns all actions that are due, each as a short description. An upgrade is decided before the next action.
        mutating func actions() -> [String] {
            var actions: [String] = []
            while let action = state.nextAction(at: now) {
                actions.append(Self.description(of: action))
                if case .considerUpgrade = action { break }
            }
            return actions
        }

        private static func description(of action: HTTPConnectionState.Action) -> String {
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

        /// Responds to the current request, and returns whether the response carries `Connection: close`; `nil` when the
        /// client is gone.
        @discardableResult
        mutating func respond(ofKnownLength isKnown: Bool = true) -> Bool? {
            let framing = state.beginResponse(ofKnownLength: isKnown)
            state.endResponse(at: now)
            return framing?.closes
        }

        mutating func advance(by time: TimeAmount) {
            now = now + time
            state.tick(at: now)
        }
    }

    func test_pipelined_requests_are_answered_one_at_a_time_in_order() throws {
        var fixture = Fixture()
        for path in ["/a", "/b", "/c"] { try fixture.get(path) }
        XCTAssertEqual(fixture.actions(), ["respond /a "])
        XCTAssertFalse(fixture.state.wantsRead)
        XCTAssertEqual(fixture.respond(), false)
        XCTAssertEqual(fixture.actions(), ["respond /b "])
        fixture.respond()
        XCTAssertEqual(fixture.actions(), ["respond /c "])
        fixture.respond()
        XCTAssertEqual(fixture.actions(), [])
        XCTAssertTrue(fixture.state.wantsRead)
    }

    func test_a_body_is_collected_up_to_its_limit() throws {
        let intake = RequestIntake(bodyLimit: 6)
        var fixture = Fixture()
        try fixture.head("/a", .POST, intake: intake)
        fixture.body("one")
        XCTAssertEqual(fixture.actions(), [])
        fixture.body("two")
        fixture.end()
        XCTAssertEqual(fixture.actions(), ["respond /a onetwo"])
        XCTAssertEqual(fixture.respond(), false)

        try fixture.head("/b", .POST, intake: intake)
        fixture.body("seven b")
        XCTAssertEqual(fixture.actions(), ["respond /b too large"])
        fixture.body("the rest is dropped")
        fixture.end()
        XCTAssertEqual(fixture.respond(), true)
        XCTAssertEqual(fixture.actions(), ["close output"])
    }

    func test_a_content_length_over_the_limit_is_answered_before_the_body_arrives() throws {
        var fixture = Fixture()
        try fixture.head(
            "/a", .POST, .http1_1, [("Content-Length", "7"), ("Expect", "100-continue")],
            intake: RequestIntake(bodyLimit: 6))
        XCTAssertEqual(fixture.actions(), ["respond /a too large"])
    }

    func test_the_connection_header_decides_whether_a_response_closes_the_connection() throws {
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
            XCTAssertEqual(fixture.respond(), closes, "\(version) \(fields)")
            XCTAssertEqual(fixture.actions(), closes ? ["close output"] : [], "\(version) \(fields)")
        }
    }

    func test_a_response_of_unknown_length_closes_an_http_1_0_connection() throws {
        var fixture = Fixture()
        try fixture.get("/a", .http1_0, [("Connection", "keep-alive")])
        _ = fixture.actions()
        XCTAssertEqual(fixture.respond(ofKnownLength: false), true)
    }

    func test_100_continue_is_sent_when_the_request_is_next() throws {
        let expects = [("Expect", "100-continue"), ("Content-Length", "3")]
        var fixture = Fixture()
        try fixture.head("/a", .POST, .http1_1, expects)
        XCTAssertEqual(fixture.actions(), ["100"])
        fixture.body("one")
        fixture.end()
        XCTAssertEqual(fixture.actions(), ["respond /a one"])
        // The next request is queued until this response is complete.
        try fixture.head("/b", .POST, .http1_1, expects)
        XCTAssertEqual(fixture.actions(), [])
        fixture.respond()
        XCTAssertEqual(fixture.actions(), ["100"])
        // HTTP/1.0 has no interim responses.
        var old = Fixture()
        try old.head("/a", .POST, .http1_0, expects)
        XCTAssertEqual(old.actions(), [])
    }

    func test_a_request_may_upgrade_and_a_refused_upgrade_is_answered_as_a_request() throws {
        let upgrade = [("Upgrade", "websocket"), ("Connection", "Upgrade")]
        var fixture = Fixture()
        try fixture.get("/a")
        try fixture.get("/ws", .http1_1, upgrade)
        XCTAssertEqual(fixture.actions(), ["respond /a "])
        fixture.respond()
        guard case .considerUpgrade(let head, let body)? = fixture.state.nextAction(at: fixture.now) else {
            return XCTFail("The upgrade was not considered.")
        }
        fixture.state.upgradeRefused(head, body)
        XCTAssertEqual(fixture.actions(), ["respond /ws "])
        XCTAssertEqual(fixture.respond(), false)
        try fixture.get("/ws", .http1_1, upgrade)
        XCTAssertEqual(fixture.actions(), ["upgrade /ws"])
        fixture.state.upgraded()
        fixture.state.receive(.body(ByteBuffer(string: "x")), at: fixture.now)
        XCTAssertEqual(fixture.actions(), [])
        XCTAssertNil(fixture.state.deadline)
        XCTAssertTrue(fixture.state.wantsRead)
    }

    func test_malformed_bytes_are_rejected_after_the_responses_to_earlier_requests() throws {
        var fixture = Fixture()
        try fixture.get("/a")
        fixture.state.receive(.failure(.malformed), at: fixture.now)
        XCTAssertEqual(fixture.actions(), ["respond /a "])
        XCTAssertEqual(fixture.respond(), false)
        XCTAssertEqual(fixture.actions(), ["reject validation"])
        XCTAssertEqual(fixture.respond(), true)
        XCTAssertEqual(fixture.actions(), ["close output"])
        // What follows a response that closes the connection is ignored.
        var closing = Fixture()
        try closing.get("/a", .http1_1, [("Connection", "close")])
        closing.state.receive(.failure(.malformed), at: closing.now)
        XCTAssertEqual(closing.actions(), ["respond /a "])
        closing.respond()
        XCTAssertEqual(closing.actions(), ["close output"])
    }

    func test_one_further_request_is_read_while_a_response_is_due() throws {
        var fixture = Fixture()
        try fixture.get("/a")
        XCTAssertEqual(fixture.actions(), ["respond /a "])
        XCTAssertTrue(fixture.state.wantsRead)
        try fixture.get("/b")
        XCTAssertEqual(fixture.actions(), [])
        XCTAssertFalse(fixture.state.wantsRead)
    }

    func test_no_request_is_read_or_answered_while_the_channel_is_not_writable() throws {
        var fixture = Fixture()
        fixture.state.writabilityChanged(to: false, at: fixture.now)
        try fixture.get("/a")
        XCTAssertEqual(fixture.actions(), [])
        XCTAssertFalse(fixture.state.wantsRead)
        fixture.state.writabilityChanged(to: true, at: fixture.now)
        XCTAssertEqual(fixture.actions(), ["respond /a "])
    }

    func test_the_end_of_input_closes_the_connection_after_the_current_response() throws {
        var fixture = Fixture()
        try fixture.get("/a")
        try fixture.get("/b")
        XCTAssertEqual(fixture.actions(), ["respond /a "])
        fixture.state.inputClosed()
        XCTAssertEqual(fixture.actions(), [])
        fixture.respond()
        // The response is sent, but the connection carries no further one.
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

    func test_a_response_that_waits_for_events_is_abandoned_when_its_client_leaves() throws {
        let waits = RequestIntake(waitsForEvents: true)
        var closed = Fixture()
        try closed.get("/events", intake: waits)
        _ = closed.actions()
        closed.state.inputClosed()
        XCTAssertEqual(closed.actions(), ["abandon"])
        XCTAssertNil(closed.respond())
        var lost = Fixture()
        try lost.get("/events", intake: waits)
        _ = lost.actions()
        lost.state.channelClosed()
        XCTAssertEqual(lost.actions(), ["abandon"])
        // A write is finished: its client may repeat it with the same idempotency key.
        var write = Fixture()
        try write.get("/a")
        _ = write.actions()
        write.state.channelClosed()
        XCTAssertEqual(write.actions(), [])
        XCTAssertNil(write.respond())
    }

    func test_an_idle_connection_is_closed_after_its_timeout() throws {
        var idle = Fixture()
        idle.advance(by: .seconds(74))
        XCTAssertEqual(idle.actions(), [])
        idle.advance(by: .seconds(1))
        XCTAssertEqual(idle.actions(), ["close"])
    }

    func test_a_head_that_is_not_complete_in_time_is_rejected() throws {
        var head = Fixture()
        head.state.readCompleted(at: head.now)
        head.advance(by: .seconds(6))
        head.state.readCompleted(at: head.now)
        head.advance(by: .seconds(4))
        XCTAssertEqual(head.actions(), ["reject request-timeout"])
        XCTAssertEqual(head.respond(), true)
    }

    func test_a_body_without_progress_is_rejected() throws {
        var body = Fixture()
        try body.head("/a", .POST)
        _ = body.actions()
        for _ in 1...3 {
            body.advance(by: .seconds(29))
            XCTAssertEqual(body.actions(), [])
            body.body("x")
            _ = body.actions()
        }
        body.advance(by: .seconds(30))
        XCTAssertEqual(body.actions(), ["reject request-timeout"])
    }

    func test_a_connection_whose_response_is_not_read_is_closed() throws {
        var unread = Fixture()
        try unread.get("/a")
        _ = unread.actions()
        unread.state.writabilityChanged(to: false, at: unread.now)
        unread.respond()
        unread.advance(by: .seconds(30))
        XCTAssertEqual(unread.actions(), ["close"])
    }

    func test_a_stream_lasts_but_a_write_of_it_must_finish_in_time() throws {
        var stalled = Fixture()
        try stalled.get("/events", intake: RequestIntake(waitsForEvents: true))
        _ = stalled.actions()
        stalled.advance(by: .hours(5))
        XCTAssertEqual(stalled.actions(), [])
        stalled.state.writeBegan(at: stalled.now)
        stalled.advance(by: .seconds(30))
        XCTAssertEqual(stalled.actions(), ["abandon"])
    }

    func test_a_client_that_does_not_close_its_side_is_closed() throws {
        var halfClosed = Fixture()
        try halfClosed.get("/a", .http1_1, [("Connection", "close")])
        _ = halfClosed.actions()
        halfClosed.respond()
        XCTAssertEqual(halfClosed.actions(), ["close output"])
        XCTAssertTrue(halfClosed.state.wantsRead)
        halfClosed.advance(by: .seconds(2))
        XCTAssertEqual(halfClosed.actions(), ["close"])
    }

    func test_draining_closes_the_connection_after_the_next_response() throws {
        var fixture = Fixture()
        try fixture.get("/a")
        _ = fixture.actions()
        fixture.state.drain()
        XCTAssertEqual(fixture.respond(), true)
        XCTAssertEqual(fixture.actions(), ["close output"])
        var idle = Fixture()
        idle.state.drain()
        idle.advance(by: .seconds(60))
        XCTAssertEqual(idle.actions(), [], "the next request may be on its way while connections are accepted")
        try idle.get("/a")
        XCTAssertEqual(idle.actions(), ["respond /a "])
        XCTAssertEqual(idle.respond(), true)
        XCTAssertEqual(idle.actions(), ["close output"])
    }

    func test_an_idle_connection_waits_for_one_more_request_when_no_others_are_accepted() throws {
        var idle = Fixture()
        idle.advance(by: .seconds(60))
        idle.state.closeSoonWhenIdle(at: idle.now)
        idle.advance(by: .seconds(1))
        try idle.get("/a")
        XCTAssertEqual(idle.actions(), ["respond /a "])
        XCTAssertEqual(idle.respond(), true)
        var silent = Fixture()
        silent.state.closeSoonWhenIdle(at: silent.now)
        silent.advance(by: .seconds(2))
        XCTAssertEqual(silent.actions(), ["close"])
    }

    func test_the_queue_behind_a_request_is_bounded() throws {
        var fixture = Fixture { $0.maxQueuedBytes = 10_000 }
        for number in 0..<100 { try fixture.get("/\(number)") }
        var answered = 0
        while case let actions = fixture.actions(), actions.first?.hasPrefix("respond") == true {
            answered += 1
            fixture.respond()
        }
        XCTAssertTrue((10...20).contains(answered), "\(answered)")
        XCTAssertFalse(fixture.state.wantsRead && fixture.state.deadline == nil)
        XCTAssertEqual(fixture.state.activity, .closing)
    }

    func test_heads_without_exactly_one_host_or_with_a_long_target_are_rejected() {
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

    func test_percent_encoded_unreserved_characters_are_decoded_in_paths() {
        let cases = [
            ("/bookings", "/bookings"), ("/%62ookings", "/bookings"), ("/%7Ea%2D%2e%5f", "/~a-._"),
            ("/a%2Fb", "/a%2Fb"), ("/a%20b", "/a%20b"), ("/%", "/%"), ("/%6", "/%6"), ("/%zz", "/%zz"),
            ("/%+1", "/%+1"), ("/%2562", "/%2562"),
        ]
        for (path, expected) in cases { XCTAssertEqual(RequestPath.decodingUnreserved(path), expected, path) }
    }
}
