import Bookings
import NIOCore

/// A Socket.IO client by HTTP long-polling, on a connection of its own.
final class PollingClient {
    private let connection: LoadConnection
    private let target: LoadTarget
    private let timeout: Duration
    private let listener: LoadListener
    /// The session's id in the query; empty before the handshake.
    private var session = ""
    private var opened: ((Result<Void, LoadFailure>) -> Void)?

    /// Packets of one response are separated by this byte (Engine.IO 4).
    private static let separator: UInt8 = 0x1e

    init(connection: LoadConnection, target: LoadTarget, timeout: Duration, listener: LoadListener) {
        self.connection = connection
        self.target = target
        self.timeout = timeout
        self.listener = listener
    }

    private var path: String { "/socket.io/?EIO=4&transport=polling\(session)" }

    /// Opens a session and connects to the main namespace; calls `opened` once, when that is accepted or has failed.
    func start(opened: @escaping (Result<Void, LoadFailure>) -> Void) {
        self.opened = opened
        connection.isDedicated = true
        connection.ended = { [self] in end(.closed) }
        send(UnauthenticatedRequest(target: target).get(path), waitsAtMost: timeout) { [self] body in
            guard let id = body.withUnsafeReadableBytes({ JSONScan.value(of: #""sid":""#, in: $0).map { Array($0) } })
            else { return end(.malformedResponse) }
            session = "&sid=\(String(decoding: id, as: UTF8.self))"
            post(#"40{"token":"\#(listener.provider.token)"}"#)
        }
    }

    private func send(
        _ request: ByteBuffer, waitsAtMost limit: Duration?, _ completion: @escaping (ByteBuffer) -> Void
    ) {
        let deadline = limit.map { NIODeadline.now().advanced(by: $0) } ?? .distantFuture
        connection.send(request, deadline: deadline) { [self] outcome in
            switch outcome {
            case .failure(let failure): end(failure)
            case .success(let response) where response.status == 200: completion(response.body)
            case .success: end(.malformedResponse)
            }
        }
    }

    private func post(_ packet: String) {
        let request = UnauthenticatedRequest(target: target)
            .post(path, body: packet, type: "text/plain;charset=UTF-8")
        send(request, waitsAtMost: timeout) { [self] _ in poll() }
    }

    /// A poll waits for as long as nothing happens; the server's pings end it.
    private func poll() {
        send(UnauthenticatedRequest(target: target).get(path), waitsAtMost: nil) { [self] body in
            let pings = body.readableBytesView.split(separator: Self.separator).count { read($0) }
            if pings > 0 { post("3") } else { poll() }
        }
    }

    /// Reads a packet. Returns `true` if it is a ping.
    private func read(_ packet: ByteBufferView) -> Bool {
        if packet.starts(with: "42".utf8) {
            packet.dropFirst(2).withUnsafeBytes { listener.receive(ReceivedEvent(packet: $0)) }
        } else if packet.starts(with: "40".utf8) {
            listener.open()
            opened.take()?(.success(()))
        } else if packet.starts(with: "44".utf8) {
            end(.closed)
        }
        return packet.elementsEqual("2".utf8)
    }

    private func end(_ failure: LoadFailure) {
        opened.take()?(.failure(failure))
        listener.close()
        connection.ended = nil
        connection.close()
    }
}
