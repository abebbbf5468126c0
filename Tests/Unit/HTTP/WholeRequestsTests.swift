import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Synchronization
import XCTest

@testable import Bookings

final class WholeRequestsTests: XCTestCase {
    /// A connection's handler, with what it passes on and what it answers itself.
    private final class Stand: Sendable {
        let channel = NIOAsyncTestingChannel()
        let behind = Behind()
        private let isOpen = Mutex(true)
        private let held = Mutex<[CheckedContinuation<Void, Never>]>([])

        /// What comes out behind the handler, in words.
        final class Behind: ChannelInboundHandler, Sendable {
            typealias InboundIn = HTTPRequestPart
            let seen = Mutex<[String]>([])
            let finishedReadings = Mutex(0)

            func channelRead(context: ChannelHandlerContext, data: NIOAny) {
                let word =
                    switch unwrapInboundIn(data) {
                    case .head(let head): "head \(head.path ?? "")"
                    case .body(let body): "body \(String(buffer: body))"
                    case .end: "end"
                    }
                seen.withLock { $0.append(word) }
            }

            func channelReadComplete(context: ChannelHandlerContext) { finishedReadings.withLock { $0 += 1 } }

            func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
                seen.withLock { $0.append("\(event)") }
            }
        }

        init(isServed: Bool = true) async throws {
            try await channel.testingEventLoop.executeInContext { [self] in
                let handler = WholeRequests(takes: { _ in isServed }) { [self] head, body in
                    await wait()
                    return WholeRequests.Answer(
                        head: HTTPResponse(status: .ok),
                        body: ByteBuffer(string: "\(head.path ?? "") \(String(buffer: body))"))
                }
                try channel.pipeline.syncOperations.addHandlers([handler, behind])
            }
        }

        private func wait() async {
            await withCheckedContinuation { continuation in
                if isOpen.withLock({ $0 }) {
                    continuation.resume()
                } else {
                    held.withLock { $0.append(continuation) }
                }
            }
        }

        /// Until `open`, no answer is ready.
        func close() { isOpen.withLock { $0 = false } }

        func open() async {
            isOpen.withLock { $0 = true }
            while held.withLock(\.isEmpty) { await Task.yield() }
            for continuation in held.withLock({ held in
                defer { held = [] }
                return held
            }) { continuation.resume() }
        }

        /// One reading of the socket.
        func read(_ parts: HTTPRequestPart...) async throws { try await read(parts) }

        func read(_ parts: [HTTPRequestPart]) async throws {
            try await channel.testingEventLoop.executeInContext { [channel] in
                for part in parts { channel.pipeline.fireChannelRead(part) }
                channel.pipeline.fireChannelReadComplete()
            }
        }

        /// The next answer that the handler gave itself.
        func answer() async throws -> String {
            var text = ""
            while true {
                switch try await channel.waitForOutboundWrite(as: HTTPResponsePart.self) {
                case .head: continue
                case .body(let body): text += String(buffer: body)
                case .end: return text
                }
            }
        }

        var passedOn: [String] { behind.seen.withLock { $0 } }
    }

    private func head(_ path: String, _ fields: HTTPFields = [:]) -> HTTPRequestPart {
        .head(HTTPRequest(method: .post, scheme: "http", authority: "a", path: path, headerFields: fields))
    }

    private func body(_ text: String) -> HTTPRequestPart { .body(ByteBuffer(string: text)) }

    func testARequestThatIsHereWholeIsAnsweredAndGoesNoFurther() async throws {
        let stand = try await Stand()
        try await stand.read(head("/a"), body("one "), body("two"), .end(nil))
        let first = try await stand.answer()
        try await stand.read(head("/b"), .end(nil))
        let second = try await stand.answer()
        XCTAssertEqual([first, second], ["/a one two", "/b "])
        XCTAssertEqual(stand.passedOn, [])
    }

    func testAsManyAsWaitedAreAnsweredOneAfterTheOther() async throws {
        let stand = try await Stand()
        stand.close()
        try await stand.read(head("/first"), .end(nil))
        for _ in 0..<20 {
            try await stand.read(Array(repeating: [head("/next"), .end(nil)], count: 1000).flatMap(\.self))
        }
        await stand.open()
        for number in 0...20_000 {
            let answer = try await stand.answer()
            XCTAssertEqual(answer, number == 0 ? "/first " : "/next ")
        }
    }

    func testABodyThatIsStillOnItsWayIsWaitedForBehind() async throws {
        let stand = try await Stand()
        try await stand.read(head("/a"), body("one"))
        XCTAssertEqual(stand.passedOn, ["head /a", "body one"])
        try await stand.read(body("two"), .end(nil))
        // The next is not to overtake it.
        try await stand.read(head("/b"), .end(nil))
        XCTAssertEqual(stand.passedOn, ["head /a", "body one", "body two", "end", "head /b", "end"])
        XCTAssertEqual(stand.behind.finishedReadings.withLock { $0 }, 3)
        for _ in 1...2 {
            try await stand.channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .ok)))
            try await stand.channel.writeOutbound(HTTPResponsePart.end(nil))
            _ = try await stand.answer()
        }
        try await stand.read(head("/c"), .end(nil))
        let answer = try await stand.answer()
        XCTAssertEqual(answer, "/c ")
    }

    func testWhatMustNotBeAnsweredHereGoesOn() async throws {
        let stand = try await Stand()
        try await stand.read(head("/close", [.connection: "close"]), .end(nil))
        XCTAssertEqual(stand.passedOn, ["head /close", "end"])
        let unserved = try await Stand(isServed: false)
        try await unserved.read(head("/a"), .end(nil))
        XCTAssertEqual(unserved.passedOn, ["head /a", "end"])
        let large = try await Stand()
        try await large.read(head("/large"), body(String(repeating: "x", count: 65_537)), .end(nil))
        XCTAssertEqual(large.passedOn.count, 3)
    }

    func testRequestsThatCameTogetherAreAnsweredInTheirOrder() async throws {
        let stand = try await Stand()
        stand.close()
        try await stand.read(head("/a"), .end(nil), head("/b"), .end(nil), head("/c"), body("one"))
        try await stand.read(body("two"), .end(nil))
        await stand.open()
        let first = try await stand.answer()
        let second = try await stand.answer()
        XCTAssertEqual([first, second], ["/a ", "/b "])
        let third = try await stand.answer()
        XCTAssertEqual(third, "/c onetwo")
        XCTAssertEqual(stand.passedOn, [])
    }

    func testTheEndOfInputIsToldBehindTheAnswersToWhatCameBefore() async throws {
        let stand = try await Stand()
        stand.close()
        try await stand.read(head("/a"), .end(nil), head("/b", [.connection: "close"]), .end(nil))
        try await stand.channel.testingEventLoop.executeInContext { [channel = stand.channel] in
            channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
        XCTAssertEqual(stand.passedOn, [])
        await stand.open()
        let answer = try await stand.answer()
        XCTAssertEqual(answer, "/a ")
        try await stand.channel.testingEventLoop.executeInContext {}
        XCTAssertEqual(stand.passedOn, ["head /b", "end", "inputClosed"])
    }

    func testNoMoreIsReadWhileRequestsWait() async throws {
        let stand = try await Stand()
        let reads = Reads()
        try await stand.channel.testingEventLoop.executeInContext { [channel = stand.channel] in
            try channel.pipeline.syncOperations.addHandler(reads, position: .first)
        }
        let asked = { try await stand.channel.testingEventLoop.executeInContext { stand.channel.pipeline.read() } }
        stand.close()
        try await stand.read(head("/a"), .end(nil))
        try await asked()
        XCTAssertEqual(reads.count.withLock { $0 }, 1)
        try await stand.read(head("/b"), .end(nil))
        try await asked()
        XCTAssertEqual(reads.count.withLock { $0 }, 1)
        await stand.open()
        for _ in 1...2 { _ = try await stand.answer() }
        try await stand.channel.testingEventLoop.executeInContext {}
        XCTAssertEqual(reads.count.withLock { $0 }, 2)
    }

    private final class Reads: ChannelOutboundHandler, Sendable {
        typealias OutboundIn = HTTPResponsePart
        let count = Mutex(0)

        func read(context: ChannelHandlerContext) {
            count.withLock { $0 += 1 }
            context.read()
        }
    }
}
