import Bookings
import NIOCore

/// The live sockets of one event loop, by room. It is touched on that loop alone.
///
/// `@unchecked Sendable`: it crosses threads only to be used on its loop, which every method asserts.
final class SocketShard: @unchecked Sendable {
    let loop: any EventLoop
    /// The place up to which events were delivered live here.
    private(set) var position: LogPosition
    private var byProvider: [ProviderID: [ObjectIdentifier: SocketConnection]] = [:]
    private var byCustomer: [Subject: [ObjectIdentifier: SocketConnection]] = [:]
    private var everything: [ObjectIdentifier: SocketConnection] = [:]
    /// All connections of this loop, live or not, for the shutdown.
    private var open: [ObjectIdentifier: SocketConnection] = [:]

    private let clock: any WallClock
    private let inFlightWork: InFlightWork
    /// The deadlines of all connections of this loop.
    private(set) lazy var timer: SessionTimer = SessionTimer(clock: clock) { [weak self] in
        guard let self else { return }
        inFlightWork.begin(.delivery)
        loop.execute {
            self.timer.runDue()
            self.inFlightWork.end(.delivery)
        }
    }

    init(loop: any EventLoop, position: LogPosition, clock: any WallClock, inFlightWork: InFlightWork) {
        self.loop = loop
        self.position = position
        self.clock = clock
        self.inFlightWork = inFlightWork
    }

    func opened(_ connection: SocketConnection) {
        loop.assertInEventLoop()
        open[ObjectIdentifier(connection)] = connection
    }

    func closed(_ connection: SocketConnection) {
        loop.assertInEventLoop()
        open[ObjectIdentifier(connection)] = nil
    }

    func closeAll() {
        loop.assertInEventLoop()
        for connection in open.values { connection.closeTransport(.server) }
    }

    /// Live delivery goes on from an earlier place.
    package func restart(at head: LogPosition) {
        loop.assertInEventLoop()
        position = head
    }

    func join(_ connection: SocketConnection, _ audience: SocketAudience) {
        loop.assertInEventLoop()
        edit(audience) { $0[ObjectIdentifier(connection)] = connection }
    }

    func leave(_ connection: SocketConnection, _ audience: SocketAudience) {
        loop.assertInEventLoop()
        edit(audience) { $0[ObjectIdentifier(connection)] = nil }
    }

    private func edit(_ audience: SocketAudience, _ change: (inout [ObjectIdentifier: SocketConnection]) -> Void) {
        guard case .scope(let scope) = audience, !scope.everything else { return change(&everything) }
        if let provider = scope.provider {
            change(&byProvider[provider, default: [:]])
            if byProvider[provider]?.isEmpty == true { byProvider[provider] = nil }
        }
        if let customer = scope.customer {
            change(&byCustomer[customer, default: [:]])
            if byCustomer[customer]?.isEmpty == true { byCustomer[customer] = nil }
        }
    }

    /// Hands each event to those who hear it. A socket in several rooms takes it once, by its place in the log.
    func deliver(
        _ events: [LoggedEvent], through: LogPosition, encoding: (LoggedEvent) -> EncodedEvent
    ) {
        loop.assertInEventLoop()
        var touched: [ObjectIdentifier: SocketConnection] = [:]
        for logged in events {
            let encoded = encoding(logged)
            let booking = logged.event.booking
            func hand(to room: [ObjectIdentifier: SocketConnection]?) {
                for (id, connection) in room ?? [:] where connection.take(encoded) { touched[id] = connection }
            }
            hand(to: byProvider[booking.providerID])
            if let customer = booking.customerID { hand(to: byCustomer[customer]) }
            hand(to: everything)
        }
        for connection in touched.values { connection.flush() }
        position = max(position, through)
    }
}
