import Logging
import NIOCore
import NIOPosix
import Synchronization
import XCTest

@testable import Bookings
@testable import BookingsRuntime

#if os(Linux)
    final class AcceptQueueTests: XCTestCase {
        private final class Progress: Sendable {
            let accepted = Mutex(0)
            let isBusy = Mutex(true)

            /// Keeps the loop from looking at its sockets until `isBusy` is false: it does all tasks before.
            func keepBusy(_ loop: any EventLoop) {
                loop.execute { [self] in
                    usleep(1000)
                    if isBusy.withLock({ $0 }) { keepBusy(loop) }
                }
            }
        }

        private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        private let progress = Progress()

        override func tearDown() async throws { try await group.shutdownGracefully() }

        private func listen() async throws -> any Channel {
            let metrics = ServiceMetrics()
            return try await ServerBootstrap(group: group)
                .serverChannelOption(.maxMessagesPerRead, value: 4)
                .serverChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let counter = ConnectionCounter(limit: 1000, metrics: metrics)
                        try channel.pipeline.syncOperations.addHandler(
                            AcceptHandler(counter: counter, metrics: metrics, logger: Logger(label: "test")))
                    }
                }
                .childChannelInitializer { [progress] channel in
                    progress.accepted.withLock { $0 += 1 }
                    return channel.eventLoop.makeSucceededVoidFuture()
                }
                .bind(host: "127.0.0.1", port: 0).get()
        }

        func test_a_busy_loop_accepts_all_connections_before_the_queue_counts_as_empty() async throws {
            let listener = try await listen()
            progress.keepBusy(listener.eventLoop)
            let address = try XCTUnwrap(listener.localAddress)
            var clients: [any Channel] = []
            for _ in 0..<12 {
                clients.append(
                    try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup).connect(to: address).get())
            }
            let queued = await AcceptQueue.count(of: listener)
            XCTAssertEqual(queued, 12)
            async let emptied: Void = AcceptQueue.empty(listener)
            // Several times as long as the wait for silence.
            try await Task.sleep(for: .milliseconds(150))
            progress.isBusy.withLock { $0 = false }
            await emptied
            let left = await AcceptQueue.count(of: listener)
            XCTAssertEqual(left, 0)
            XCTAssertEqual(progress.accepted.withLock { $0 }, 12)
            try await listener.close()
            for client in clients { try await client.close() }
        }
    }
#endif
