import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsSocketIO

final class PollingTransportTests: XCTestCase {
    private let separator = "\u{1e}"

    func test_packets_that_no_poll_takes_end_the_session_at_the_limit() async throws {
        let fixture = try await GatewayFixture.open { $0.backlog.maxUnwrittenBytes = 64 << 10 }
        let transport = try await fixture.poll()
        let body = Array(repeating: "40/a,", count: 1000).joined(separator: separator)
        var answers: [String] = []
        while answers.last != "unknownSession", answers.count < 100 {
            answers.append(await fixture.post(body, to: transport))
            XCTAssertLessThan(fixture.gateway.budget.total, 2 * ((64 << 10) + SocketBacklog.responsesToOneRead))
        }
        XCTAssertLessThan(answers.count, 12)
        XCTAssertEqual(fixture.gateway.budget.total, 0)
        XCTAssertEqual(fixture.gateway.sessions.count, 0)
    }

    func test_the_session_with_the_most_waiting_bytes_is_closed_at_the_limit_for_all() async throws {
        let fixture = try await GatewayFixture.open { $0.backlog.maxUnwrittenBytesOfAll = 100 << 10 }
        let (large, small) = (try await fixture.poll(), try await fixture.poll())
        func answers(_ count: Int) -> String { Array(repeating: "40/a,", count: count).joined(separator: separator) }
        _ = await fixture.post(answers(1000), to: large)
        _ = await fixture.post(answers(100), to: small)
        for _ in 0..<3 { _ = await fixture.post(answers(1000), to: large) }
        let isClosed = await eventually { await fixture.post("3", to: large) == "unknownSession" }
        XCTAssertTrue(isClosed)
        var survivors = 0
        while survivors < 100 { survivors += await fixture.get(small).split(separator: separator).count }
        XCTAssertEqual(survivors, 100)
    }

    func test_a_connected_socket_keeps_nothing_of_its_token() async throws {
        let fixture = try await GatewayFixture.open()
        let transport = try await fixture.poll()
        let token = fixture.issuer.token(
            subject: subject("ann"), roles: ["customer"], providerID: nil, lifetime: .seconds(600))
        _ = await fixture.post("40{\"token\":\"\(token)\"}", to: transport)
        let answer = await fixture.get(transport)
        XCTAssertTrue(answer.hasPrefix("40{"), answer)
        let (request, socket) = try await transport.loop.submit {
            (transport.connection.connect.request, transport.connection.connect.socket)
        }.get()
        XCTAssertNil(request)
        XCTAssertEqual(socket.map { answer.contains($0) }, true)
    }

    func test_a_poll_whose_client_is_gone_ends_the_session() async throws {
        let fixture = try await GatewayFixture.open()
        let transport = try await fixture.poll()
        let poll = Task { await fixture.get(transport) }
        let isWaiting = await eventually { fixture.inFlightWork.count(of: .request) == 0 }
        XCTAssertTrue(isWaiting)
        poll.cancel()
        let answer = await poll.value
        XCTAssertEqual(answer, "unknownSession")
        XCTAssertEqual(fixture.gateway.sessions.count, 0)
        let late = try await fixture.poll()
        let cancelled = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await fixture.get(late)
        }
        let second = await cancelled.value
        XCTAssertEqual(second, "unknownSession", "gone before it waits")
        XCTAssertEqual(fixture.gateway.sessions.count, 0)
    }

    func test_two_polls_or_two_posts_at_once_end_the_session() async throws {
        let fixture = try await GatewayFixture.open()
        let polled = try await fixture.poll()
        async let first = fixture.get(polled)
        async let second = fixture.get(polled)
        let answers = await [first, second]
        XCTAssertEqual(Set(answers), ["1", "badRequest"])
        let posted = try await fixture.poll()
        posted.bodyBegan()
        posted.bodyBegan()
        for _ in 0..<2 {
            guard case .refused(.unknownSession) = await posted.post([UInt8(ascii: "3")]) else {
                return XCTFail("taken")
            }
        }
        XCTAssertEqual(fixture.gateway.sessions.count, 0)
    }

    func test_an_aborted_body_ends_the_session_and_one_that_is_too_large_does_not() async throws {
        let fixture = try await GatewayFixture.open()
        let transport = try await fixture.poll()
        transport.bodyBegan()
        guard case .tooLarge = await transport.post(nil) else { return XCTFail("taken") }
        let alive = await fixture.post("3", to: transport)
        XCTAssertEqual(alive, "ok")
        transport.bodyBegan()
        transport.bodyAborted()
        let gone = await fixture.post("3", to: transport)
        XCTAssertEqual(gone, "unknownSession")
    }

    func test_more_than_a_thousand_packets_end_the_session() async throws {
        let fixture = try await GatewayFixture.open()
        let transport = try await fixture.poll()
        func pongs(_ count: Int) -> String { Array(repeating: "3", count: count).joined(separator: separator) }
        let full = await fixture.post(pongs(1000), to: transport)
        XCTAssertEqual(full, "ok")
        let more = await fixture.post(pongs(1001), to: transport)
        XCTAssertEqual(more, "badRequest")
        XCTAssertEqual(fixture.gateway.sessions.count, 0)
    }

    func test_a_poll_that_the_clients_close_overtook_is_answered_with_one_noop() async throws {
        let fixture = try await GatewayFixture.open()
        let waiting = try await fixture.poll()
        async let poll = fixture.get(waiting)
        let isWaiting = await eventually { fixture.inFlightWork.count(of: .request) == 0 }
        XCTAssertTrue(isWaiting)
        _ = await fixture.post("1", to: waiting)
        let released = await poll
        XCTAssertEqual(released, "6")
        XCTAssertFalse(fixture.gateway.sessions.takeClosedByClient(waiting.connection.id))
        let overtaken = try await fixture.poll()
        _ = await fixture.post("1", to: overtaken)
        XCTAssertNil(fixture.gateway.sessions.polling(overtaken.connection.id))
        XCTAssertTrue(fixture.gateway.sessions.takeClosedByClient(overtaken.connection.id))
        XCTAssertFalse(fixture.gateway.sessions.takeClosedByClient(overtaken.connection.id))
    }

    func test_the_shutdown_answers_a_waiting_poll_with_an_error_instead_of_a_close_packet() async throws {
        let fixture = try await GatewayFixture.open()
        let transport = try await fixture.poll()
        async let poll = fixture.get(transport)
        let isWaiting = await eventually { fixture.inFlightWork.count(of: .request) == 0 }
        XCTAssertTrue(isWaiting)
        await fixture.gateway.shutdown()
        let answer = await poll
        XCTAssertEqual(answer, "unknownSession")
        XCTAssertNil(fixture.gateway.openPolling(requestToken: nil, remoteAddress: nil))
    }

    func test_sessions_that_resume_and_never_poll_do_not_read_the_log() async throws {
        let fixture = try await GatewayFixture.open()
        try await fixture.book(250)
        fixture.deliver(through: 250)
        var transports: [PollingTransport] = []
        for _ in 0..<20 {
            let transport = try await fixture.poll()
            _ = await fixture.post(#"40{"after":"\#(fixture.oldest)"}"#, to: transport)
            transports.append(transport)
        }
        let isIdle = await eventually { fixture.inFlightWork.isIdle }
        XCTAssertTrue(isIdle)
        XCTAssertEqual(fixture.log.reads.slices, 0)
        XCTAssertLessThan(fixture.gateway.budget.total, 20 * 4096)
        // The session that polls gets all events, a slice at a time.
        var events = 0
        while events < 250 {
            let answer = await fixture.get(transports[0])
            guard !answer.isEmpty, answer != "unknownSession" else { return XCTFail(answer) }
            let packets = answer.split(separator: separator).filter { $0.hasPrefix("42") }
            XCTAssertLessThanOrEqual(packets.count, 100)
            events += packets.count
        }
        XCTAssertEqual(events, 250)
    }

    func test_missed_events_of_a_recovered_socket_and_the_answer_to_its_connect_are_in_one_response() async throws {
        let fixture = try await GatewayFixture.open { $0.stateRecovery = true }
        let first = try await fixture.poll()
        _ = await fixture.post("40", to: first)
        let connected = await fixture.get(first)
        let pid = try XCTUnwrap(connected.split(separator: "\"").last { $0.count > 20 }.map(String.init), connected)
        try await fixture.book(150)
        fixture.deliver(through: 150)
        let second = try await fixture.poll()
        _ = await fixture.post(#"40{"pid":"\#(pid)","offset":"\#(fixture.oldest)"}"#, to: second)
        let packets = await fixture.get(second).split(separator: separator)
        XCTAssertEqual(packets.count, 151)
        XCTAssertEqual(packets.last.map(String.init), connected, "the same ids")
        XCTAssertTrue(packets.dropLast().allSatisfy { $0.hasPrefix("42[") })
    }

    func test_a_flood_of_handshakes_does_not_replace_the_sessions_of_other_networks() async throws {
        let fixture = try await GatewayFixture.open { options in
            options.sessions = .init(anonymousOfOneNetwork: 50, anonymous: 100, all: 200)
        }
        let other = try await fixture.poll(from: "192.0.2.9")
        for _ in 0..<500 { _ = try await fixture.poll(from: "192.0.2.1") }
        let isBounded = await eventually { fixture.gateway.sessions.count == 51 }
        XCTAssertTrue(isBounded)
        let alive = await fixture.post("40", to: other)
        XCTAssertEqual(alive, "ok")
    }
}
