import Bookings
import NIOCore

/// The sockets of one event loop that get live events, by room. It is used on that loop alone.
///
/// `@unchecked Sendable`: it crosses threads only to be used on its loop, which its methods assert.
final class SocketShard: @unchecked Sendable {
    private typealias Room = [ObjectIdentifier: SocketConnection]

    let loop: any EventLoop
    /// The position up to which events were delivered live on this loop.
    private(set) var position: LogPosition
    private var providers: [ProviderID: Room] = [:]
    private var customers: [Subject: Room] = [:]
    private var everyBooking: Room = [:]
    /// All connections of this loop, live or not.
    private var open: Room = [:]

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

    // MARK: - Connections

    func add(_ connection: SocketConnection) {
        loop.assertInEventLoop()
        open[ObjectIdentifier(connection)] = connection
    }

    func remove(_ connection: SocketConnection) {
        loop.assertInEventLoop()
        open[ObjectIdentifier(connection)] = nil
    }

    func closeAll() {
        loop.assertInEventLoop()
        for connection in open.values { connection.closeTransport(.server) }
    }

    // MARK: - Rooms

    func join(_ connection: SocketConnection, _ audience: SocketAudience) {
        edit(audience) { $0[ObjectIdentifier(connection)] = connection }
    }

    func leave(_ connection: SocketConnection, _ audience: SocketAudience) {
        edit(audience) { $0[ObjectIdentifier(connection)] = nil }
    }

    private func edit(_ audience: SocketAudience, _ change: (inout Room) -> Void) {
        loop.assertInEventLoop()
        guard case .scope(let scope) = audience, !scope.everything else { return change(&everyBooking) }
        if let provider = scope.provider {
            change(&providers[provider, default: [:]])
            if providers[provider]?.isEmpty == true { providers[provider] = nil }
        }
        if let customer = scope.customer {
            change(&customers[customer, default: [:]])
            if customers[customer]?.isEmpty == true { customers[customer] = nil }
        }
    }

    // MARK: - Live delivery

    /// Delivers each event to the sockets that may see it.
    func deliver(_ batch: EventBatch, through: LogPosition) {
        loop.assertInEventLoop()
        var batch = batch
        // These sockets are in no other room, so each one takes the whole batch at once.
        for connection in everyBooking.values { connection.deliverLive(&batch) }
        if !providers.isEmpty || !customers.isEmpty { deliverToRooms(batch.events) }
        position = max(position, through)
    }

    /// Delivers events one by one, since each one is for other rooms. A socket in several rooms takes an event once, because
    /// it takes each position once.
    private func deliverToRooms(_ events: [EncodedEvent]) {
        var written: Room = [:]
        for event in events {
            let booking = event.logged.event.booking
            func deliver(to room: Room?) {
                for (id, connection) in room ?? [:] where connection.deliverLive(event) {
                    if events.count == 1 { connection.flush() } else { written[id] = connection }
                }
            }
            deliver(to: providers[booking.providerID])
            if let customer = booking.customerID { deliver(to: customers[customer]) }
        }
        for connection in written.values { connection.flush() }
    }

    /// Continues live delivery at an earlier position, after a rewind of the log.
    func restart(at head: LogPosition) {
        loop.assertInEventLoop()
        position = head
    }
}
