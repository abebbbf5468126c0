import NIOCore

/// Has the kernel ignore new connections to a listening socket, while those whose handshake has begun still arrive.
///
/// It is a classic BPF program on the socket (`SO_ATTACH_FILTER`, socket(7)), which needs no privilege. Linux has no other
/// way to empty an accept queue: closing the socket, and also `shutdown`, resets the connections in it.
enum ConnectionRequestFilter {
    /// `struct sock_filter` of `linux/filter.h`.
    private struct Instruction {
        var code: UInt16
        var jumpIfTrue: UInt8 = 0
        var jumpIfFalse: UInt8 = 0
        var operand: UInt32
    }

    /// `struct sock_fprog` of `linux/filter.h`.
    ///
    /// `@unchecked Sendable`: it stays on the stack of one function; the channel's function requires the conformance.
    private struct Program: @unchecked Sendable {
        var length: UInt16
        var instructions: UnsafePointer<Instruction>
    }

    /// Drops segments with SYN and without ACK, and passes on all others. The segment begins with its TCP header.
    private static let instructions = [
        // Load the byte with the flags (RFC 9293, 3.1), and keep SYN and ACK.
        Instruction(code: 0x30, operand: 13),
        Instruction(code: 0x54, operand: 0x12),
        // Drop it when SYN alone is set.
        Instruction(code: 0x15, jumpIfTrue: 0, jumpIfFalse: 1, operand: 0x02),
        Instruction(code: 0x06, operand: 0),
        Instruction(code: 0x06, operand: .max),
    ]

    /// Attaches the filter. Call it on the channel's event loop. Elsewhere than on Linux it does nothing.
    /// A kernel that does not take the filter leaves the socket as it was.
    static func attach(to listener: any Channel) {
        #if os(Linux)
            /// `SO_ATTACH_FILTER` of `asm-generic/socket.h`.
            let attachFilter = NIOBSDSocket.Option(rawValue: 26)
            guard let provider = listener as? any SocketOptionProvider else { return }
            instructions.withUnsafeBufferPointer { buffer in
                guard let first = buffer.baseAddress else { return }
                let program = Program(length: UInt16(buffer.count), instructions: first)
                // On its event loop the channel sets an option before it returns, so the pointer is valid long enough.
                _ = provider.unsafeSetSocketOption(level: .socket, name: attachFilter, value: program)
            }
        #endif
    }
}
