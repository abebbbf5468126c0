import Bookings
import NIOCore
import Synchronization

/// An event as an Engine.IO packet, which is encoded and framed when the first socket needs it and then shared by all
/// sockets of all event loops.
final class EncodedEvent: Sendable {
    private struct Packets {
        var full: FramedPacket?
        var anonymous: FramedPacket?
    }

    let logged: LoggedEvent
    private let encoder: EventEncoder
    private let carriesOffset: Bool
    private let packets = Mutex(Packets())

    /// `carriesOffset`: the event's cursor follows its data, for connection state recovery.
    init(_ logged: LoggedEvent, encoder: EventEncoder, carriesOffset: Bool) {
        self.logged = logged
        self.encoder = encoder
        self.carriesOffset = carriesOffset
    }

    /// Returns the packet for the sockets of an audience. Its storage is shared: a copy that is written to is copied.
    func packet(for audience: SocketAudience) -> FramedPacket {
        packets.withLock { packets in
            switch audience {
            case .anonymous:
                let packet = packets.anonymous ?? packet(of: encoder.anonymousData(of: logged))
                packets.anonymous = packet
                return packet
            case .scope:
                let packet = packets.full ?? packet(of: encoder.data(of: logged))
                packets.full = packet
                return packet
            }
        }
    }

    private func packet(of data: [UInt8]) -> FramedPacket {
        let offset = carriesOffset ? encoder.cursor(at: logged.position) : nil
        return SocketIOEncoder.event(logged.event.name.rawValue, data, offset: offset)
    }
}
