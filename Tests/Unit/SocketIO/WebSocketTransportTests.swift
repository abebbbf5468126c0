import NIOCore
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsSocketIO
@testable import SimulationKit

final class WebSocketTransportTests: XCTestCase {
    private func ended(_ client: RawClient) async throws -> [(opcode: UInt8, payload: [UInt8])] {
        let hasEnded = try await eventually { try await client.received().hasEnded }
        XCTAssertTrue(hasEnded)
        return RawClient.frames(in: try await client.received().bytes)
    }

    func test_input_is_not_read_while_the_responses_to_it_wait() async throws {
        let fixture = try await GatewayFixture.open { options in
            options.backlog.maxUnwrittenBytes = 64 << 10
            options.backlog.systemBytes = 4 << 10
        }
        let server = try await fixture.serveWebSockets()
        let client = try await RawClient.connect(to: server, reads: false)
        let frames = 20_000
        let flood = Array(repeating: RawClient.frame(1, Array("40/a,".utf8)), count: frames).flatMap(\.self)
        client.send(flood)
        let isHeld = await eventually { fixture.gateway.budget.total >= 64 << 10 }
        XCTAssertTrue(isHeld)
        XCTAssertLessThan(fixture.gateway.budget.total, (64 << 10) + SocketBacklog.responsesToOneRead)
        XCTAssertEqual(fixture.gateway.sessions.count, 1)
        try await client.startReading()
        let isAnswered = try await eventually { try await client.received().bytes.count >= frames * 38 }
        XCTAssertTrue(isAnswered)
        let answers = RawClient.frames(in: try await client.received().bytes)
        XCTAssertEqual(answers.count, frames + 1, "each frame is answered once, behind the open packet")
        let isEmpty = await eventually { fixture.gateway.budget.total == 0 }
        XCTAssertTrue(isEmpty)
        try await client.channel.close()
        try await server.close()
    }

    func test_pongs_to_a_client_that_does_not_read_are_limited() async throws {
        let fixture = try await GatewayFixture.open { options in
            options.backlog.maxUnwrittenBytes = 64 << 10
            options.backlog.systemBytes = 4 << 10
        }
        let server = try await fixture.serveWebSockets()
        let client = try await RawClient.connect(to: server, reads: false)
        let ping = RawClient.frame(9, [UInt8](repeating: 1, count: 125))
        client.send(Array(repeating: ping, count: 50_000).flatMap(\.self))
        let isHeld = await eventually { fixture.gateway.budget.total >= 64 << 10 }
        XCTAssertTrue(isHeld)
        XCTAssertLessThan(fixture.gateway.budget.total, (64 << 10) + SocketBacklog.responsesToOneRead)
        try await client.channel.close()
        let isGone = await eventually { fixture.gateway.sessions.count == 0 && fixture.gateway.budget.total == 0 }
        XCTAssertTrue(isGone)
        try await server.close()
    }

    func test_a_close_frame_is_answered_with_its_code() async throws {
        let fixture = try await GatewayFixture.open()
        let server = try await fixture.serveWebSockets()
        let table: [(sent: [UInt8], answered: [UInt8])] = [
            ([0x03, 0xe8], [0x03, 0xe8]), ([0x03, 0xe9] + Array("bye".utf8), [0x03, 0xe9]),
            ([0x0f, 0xa0], [0x0f, 0xa0]),
            ([], []), ([0x03, 0xed], [0x03, 0xea]), ([0x03], [0x03, 0xea]), ([0, 0], [0x03, 0xea]),
        ]
        for (sent, answered) in table {
            let client = try await RawClient.connect(to: server)
            client.send(RawClient.frame(8, sent))
            let frames = try await ended(client)
            XCTAssertEqual(frames.map(\.opcode), [1, 8], "\(sent)")
            XCTAssertEqual(frames.last?.payload, answered, "\(sent)")
            try? await client.channel.close()
        }
        let isGone = await eventually { fixture.gateway.sessions.count == 0 }
        XCTAssertTrue(isGone)
        try await server.close()
    }

    func test_a_client_that_closes_its_side_ends_the_session() async throws {
        let fixture = try await GatewayFixture.open()
        let server = try await fixture.serveWebSockets()
        let client = try await RawClient.connect(to: server)
        client.sendText("40")
        let isConnected = try await eventually { RawClient.frames(in: try await client.received().bytes).count == 2 }
        XCTAssertTrue(isConnected)
        try await client.channel.close(mode: .output).get()
        let frames = try await ended(client)
        XCTAssertEqual(frames.map(\.opcode), [1, 1])
        XCTAssertEqual(fixture.gateway.sessions.count, 0)
        try await server.close()
    }

    func test_shutdown_and_timeout_send_no_close_frame_and_a_protocol_error_sends_one()
        async throws
    {
        let fixture = try await GatewayFixture.open()
        let server = try await fixture.serveWebSockets()
        let invalid = try await RawClient.connect(to: server)
        invalid.sendText("4abc")
        let answered = try await ended(invalid)
        XCTAssertEqual(answered.map(\.opcode), [1, 8])
        let notUTF8 = try await RawClient.connect(to: server)
        notUTF8.send(RawClient.frame(1, [0x34, 0xff]))
        let refused = try await ended(notUTF8)
        XCTAssertEqual(refused.last?.payload, [0x03, 0xef])
        let silent = try await RawClient.connect(to: server)
        let isOpen = try await eventually { try await !silent.received().bytes.isEmpty }
        XCTAssertTrue(isOpen)
        fixture.clock.set(to: at(45))
        fixture.clock.runTimers()
        let silence = try await ended(silent)
        XCTAssertEqual(silence.map(\.opcode), [1])
        let last = try await RawClient.connect(to: server)
        let isOpenAgain = try await eventually { try await !last.received().bytes.isEmpty }
        XCTAssertTrue(isOpenAgain)
        await fixture.gateway.shutdown()
        let shutdown = try await ended(last)
        XCTAssertEqual(shutdown.map(\.opcode), [1])
        try await server.close()
    }

    func test_a_packet_of_a_megabyte_is_handled_before_the_packets_behind_it() async throws {
        let fixture = try await GatewayFixture.open()
        let server = try await fixture.serveWebSockets()
        let client = try await RawClient.connect(to: server)
        client.sendText("40")
        let isConnected = try await eventually { RawClient.frames(in: try await client.received().bytes).count == 2 }
        XCTAssertTrue(isConnected)
        client.sendText("42[\"a\"," + String(repeating: "[],", count: 300_000) + "1]")
        client.sendText("41")
        client.sendText("40/a,")
        client.sendText("40")
        let isAnswered = try await eventually { RawClient.frames(in: try await client.received().bytes).count == 4 }
        XCTAssertTrue(isAnswered)
        let texts = RawClient.frames(in: try await client.received().bytes).map {
            String(decoding: $0.payload, as: UTF8.self)
        }
        XCTAssertTrue(texts[2].hasPrefix("44/a,"), texts[2])
        XCTAssertTrue(texts[3].hasPrefix("40{"), texts[3])
        try await client.channel.close()
        try await server.close()
    }

    func test_pings_depend_on_elapsed_time_and_token_expiry_on_the_wall_clock() async throws {
        let fixture = try await GatewayFixture.open()
        let server = try await fixture.serveWebSockets()
        let client = try await RawClient.connect(to: server)
        let token = fixture.issuer.token(
            subject: subject("ann"), roles: ["customer"], providerID: nil, lifetime: .seconds(600))
        client.sendText("40{\"token\":\"\(token)\"}")
        let isConnected = try await eventually { RawClient.frames(in: try await client.received().bytes).count == 2 }
        XCTAssertTrue(isConnected)
        fixture.clock.step(by: .seconds(-3600))
        fixture.clock.set(to: at(25))
        fixture.clock.runTimers()
        let isPinged = try await eventually {
            RawClient.frames(in: try await client.received().bytes).last?.payload == [UInt8(ascii: "2")]
        }
        XCTAssertTrue(isPinged)
        client.sendText("3")
        fixture.clock.step(by: .seconds(3600 + 600))
        fixture.clock.set(to: at(26))
        fixture.clock.runTimers()
        let frames = try await ended(client)
        XCTAssertEqual(frames.map(\.opcode), [1, 1, 1], "no close frame")
        try await server.close()
    }
}
