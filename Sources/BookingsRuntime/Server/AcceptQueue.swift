import NIOCore

/// The connections that the kernel has established and the listening socket has not accepted yet.
enum AcceptQueue {
    /// How long nothing must arrive before the queue counts as empty.
    private static let quietTime = TimeAmount.milliseconds(20)
    /// How often the quiet time is waited for: the queue holds no more than this accepts.
    private static let maxRounds = 50

    /// The first members of `struct tcp_info` of `linux/tcp.h`, which the kernel fills as far as they reach.
    private struct SocketInfo: Sendable {
        var state: UInt64 = 0
        var retransmitTimeout: UInt32 = 0
        var delayedAckTimeout: UInt32 = 0
        var sendSegmentSize: UInt32 = 0
        var receiveSegmentSize: UInt32 = 0
        /// `tcpi_unacked`: of a listening socket it is the number of connections in the queue.
        var queued: UInt32 = 0
    }

    /// Accepts the connections that have arrived, and has the kernel ignore further ones: otherwise the queue would never be
    /// empty under load. Closing the socket resets those that are left, and those that would come later are refused then.
    static func empty(_ listener: any Channel) async {
        try? await listener.eventLoop.submit { ConnectionRequestFilter.attach(to: listener) }.get()
        for _ in 0..<maxRounds {
            let accepted = try? await listener.eventLoop.flatScheduleTask(in: quietTime) {
                listener.eventLoop.makeCompletedFuture {
                    try listener.pipeline.syncOperations.handler(type: AcceptHandler.self).takeAcceptedCount()
                }
            }.futureResult.get()
            // A busy loop may come to the task before it has looked at its sockets again.
            if accepted ?? 0 == 0, await count(of: listener) == 0 { return }
        }
    }

    /// Returns the number of connections in the queue; 0 on systems other than Linux.
    static func count(of listener: any Channel) async -> Int {
        #if os(Linux)
            /// `TCP_INFO` of `linux/tcp.h`.
            let socketInfo = NIOBSDSocket.Option(rawValue: 11)
            guard let provider = listener as? any SocketOptionProvider else { return 0 }
            let reading: EventLoopFuture<SocketInfo> = provider.unsafeGetSocketOption(level: .tcp, name: socketInfo)
            return Int((try? await reading.get())?.queued ?? 0)
        #else
            return 0
        #endif
    }
}
