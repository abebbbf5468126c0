import Logging
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsRedis

/// A Redis that answers with anything, on the loopback interface.
final class UntrustedRedisTests: XCTestCase {
    /// Answers the first commands of a connection as a Redis does, and every other one with the given bytes.
    private final class FakeRedis: Sendable {
        private let answer = Mutex<[UInt8]>([])
        let port: Int
        private let channel: any Channel
        let getCount = Mutex(0)

        init() throws {
            let reference = Reference()
            channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            Answering { reference.redis.withLock { $0 }?.reply(to: $0) ?? [] })
                    }
                }
                .bind(host: "127.0.0.1", port: 0).wait()
            port = channel.localAddress?.port ?? 0
            reference.redis.withLock { $0 = self }
        }

        /// Set once the port is known, after the handlers are made.
        private final class Reference: Sendable {
            let redis = Mutex<FakeRedis?>(nil)
        }

        func setAnswer(_ bytes: [UInt8]) { answer.withLock { $0 = bytes } }
        func stop() { channel.close(promise: nil) }

        func reply(to command: RedisReply) -> [UInt8] {
            guard case .array(let words) = command, let name = words.first?.bytes else { return [] }
            switch String(decoding: name, as: UTF8.self) {
            case "PING": return Array("+PONG\r\n".utf8)
            case "SUBSCRIBE":
                let channel = words[1].bytes ?? []
                let messages = ["7", "9223372036854775806", "-1", ""].flatMap { payload in
                    Array("*3\r\n$7\r\nmessage\r\n$\(channel.count)\r\n".utf8) + channel
                        + Array("\r\n$\(payload.utf8.count)\r\n\(payload)\r\n".utf8)
                }
                return Array("*3\r\n$9\r\nsubscribe\r\n$\(channel.count)\r\n".utf8) + channel + Array("\r\n:1\r\n".utf8)
                    + messages
            case "GET":
                getCount.withLock { $0 += 1 }
                return answer.withLock { $0 }
            default: return answer.withLock { $0 }
            }
        }
    }

    private final class Answering: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private var parser = RedisReplyParser()
        private let reply: (RedisReply) -> [UInt8]

        init(_ reply: @escaping (RedisReply) -> [UInt8]) {
            self.reply = reply
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = Array(unwrapInboundIn(data).readableBytesView)
            do {
                try bytes.withUnsafeBytes { try parser.feed($0) }
                while let command = try parser.next() {
                    context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: reply(command))), promise: nil)
                }
            } catch {
                context.close(promise: nil)
            }
        }
    }

    func test_no_answer_of_redis_is_trusted_or_stops_the_service() async throws {
        let redis = try FakeRedis()
        let clock = ManualClock(at(0))
        let services = try RedisServices(
            target: RedisTarget(url: "redis://127.0.0.1:\(redis.port)"), clock: clock,
            identifiers: CountingIdentifiers(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            identity: { [1] })
        let announced = Mutex<[LogPosition]>([])
        services.bus.listen { head in announced.withLock { $0.append(head) } }
        let running = Task { try await services.run() }
        func isUp() async -> Bool {
            await eventually { if case .up = await services.status() { true } else { false } }
        }
        let entry = [UInt8](repeating: 0xff, count: 200)
        let answers: [[UInt8]] = [
            Array("$200\r\n".utf8) + entry + Array("\r\n".utf8), Array("$0\r\n\r\n".utf8),
            Array(":9223372036854775807\r\n".utf8),
            Array("*2147483647\r\n".utf8), Array("$2147483647\r\n".utf8), Array("*1000\r\n".utf8),
            Array("-ERR \r\n".utf8),
            Array("*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\n7\r\n".utf8), Array("+a\r\n+b\r\n+c\r\n".utf8),
            [0, 1, 2, 0xff, 13, 10],
        ]
        for (number, answer) in answers.enumerated() {
            let wasUp = await isUp()
            XCTAssertTrue(wasUp, "\(number)")
            redis.setAnswer(answer)
            let value = await services.cache.value(for: ByteString("key \(number)"), at: at(0))
            XCTAssertNil(value, "\(number)")
            let limit = RateLimit(requests: 5, window: .seconds(60))
            let usage = await services.rateLimiter.count(subject("a"), limit, at: at(0))
            XCTAssertGreaterThanOrEqual(usage.used, number + 1)
        }
        XCTAssertGreaterThan(redis.getCount.withLock { $0 }, 0)
        XCTAssertEqual(Set(announced.withLock { $0 }), [LogPosition(.max)], "only that some may have been missed")
        running.cancel()
        _ = await running.result
        redis.stop()
    }
}
