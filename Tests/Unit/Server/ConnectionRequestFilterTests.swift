import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import XCTest

@testable import BookingsRuntime

final class ConnectionRequestFilterTests: XCTestCase {
    #if os(Linux)
        func test_new_connections_are_ignored_and_those_in_the_queue_are_accepted() async throws {
            let group = MultiThreadedEventLoopGroup.singleton
            let accepted = Mutex(0)
            let listener = try await ServerBootstrap(group: group)
                .serverChannelOption(.autoRead, value: false)
                .childChannelInitializer { channel in
                    accepted.withLock { $0 += 1 }
                    return channel.eventLoop.makeSucceededVoidFuture()
                }
                .bind(host: "127.0.0.1", port: 0).get()
            let address = try XCTUnwrap(listener.localAddress)
            func connect() async throws -> any Channel {
                try await ClientBootstrap(group: group).connectTimeout(.milliseconds(300)).connect(to: address).get()
            }
            let queued = [try await connect(), try await connect()]
            try await listener.eventLoop.submit { ConnectionRequestFilter.attach(to: listener) }.get()
            do {
                _ = try await connect()
                XCTFail("a connection was made")
            } catch is ChannelError {
                // The kernel answered nothing until the timeout.
            }
            XCTAssertEqual(accepted.withLock { $0 }, 0)
            try await listener.setOption(.autoRead, value: true).get()
            let areAccepted = await eventually { accepted.withLock { $0 } == queued.count }
            XCTAssertTrue(areAccepted)
            for channel in queued { try await channel.close() }
            try await listener.close()
        }
    #endif
}
