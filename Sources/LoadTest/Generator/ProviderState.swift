import Bookings
import NIOCore
import SimulationKit

/// A provider of the load: its bookings, and what its listeners are owed. Lives on one event loop.
final class ProviderState {
    /// A create that was sent.
    struct Create {
        let due: NIODeadline
        /// When it was acknowledged; `nil` before that.
        var answeredAt: NIODeadline?
        /// The number of listeners that were connected then.
        var owed = 0
        var received = 0
    }

    /// A booking whose reminder is due during the load.
    struct Reminder {
        let due: Timestamp
        var owed = 0
        var received = 0
    }

    let id: ProviderID
    private(set) var token: String
    private(set) var requests: RequestTemplates
    /// The first half of the service id of each booking of this load. The second half is the number of the create or of the
    /// reminder, so that an event leads back to them.
    let marks: LoadMarks
    private let firstSlot: Timestamp
    /// The number of the next slot that was never requested.
    private var nextSlot = 0
    private var lastShortSlot = Timestamp.earliest

    /// The bookings that reads request. The first one keeps slot 0 occupied.
    var readable: [BookingID] = []
    /// Bookings that hold their slot and that no action in flight changes.
    var live: [BookingID] = []
    /// Bookings that wait for a confirmation.
    var pending: [BookingID] = []
    /// Targets of the actions that find no other booking: one is cancelled again, the other rescheduled.
    var spare: (cancelled: BookingID, moved: BookingID)?
    /// Bookings with a start soon after their creation, oldest first.
    var soon: [(start: Timestamp, id: BookingID)] = []

    var listeners = 0
    var creates: [Create] = []
    var reminders: [Reminder] = []
    /// Sessions that wait for the event of a create.
    var waiting: [Int: () -> Void] = [:]

    static let slotLength = Duration.seconds(15 * 60)

    init(id: ProviderID, token: String, target: LoadTarget, marks: LoadMarks, firstSlot: Timestamp) {
        self.id = id
        self.token = token
        self.marks = marks
        self.firstSlot = firstSlot
        requests = RequestTemplates(target: target, provider: id, token: token)
    }

    /// Uses a token that the service issued.
    func authorize(_ token: String, for target: LoadTarget) {
        self.token = token
        requests = RequestTemplates(target: target, provider: id, token: token)
    }

    /// The slot that is occupied before the load begins.
    var occupiedSlot: TimeSpan { TimeSpan(firstSlot, lasting: Self.slotLength) }

    /// Returns a slot that no other request names.
    func takeSlot() -> TimeSpan {
        nextSlot += 1
        return TimeSpan(firstSlot + Self.slotLength * nextSlot, lasting: Self.slotLength)
    }

    /// Returns a slot of a millisecond that begins at `start` or soon after, and that no other request names.
    func takeShortSlot(at start: Timestamp) -> TimeSpan {
        lastShortSlot = max(start, lastShortSlot + .milliseconds(1))
        return TimeSpan(lastShortSlot, lasting: .milliseconds(1))
    }

    /// Notes a create, and returns its number.
    func addCreate(due: NIODeadline) -> Int {
        creates.append(Create(due: due))
        return creates.count - 1
    }

    /// Returns the oldest booking that has started, and removes it from those that can be completed.
    func takeStarted(by now: Timestamp) -> BookingID? {
        guard let first = soon.first, first.start <= now else { return nil }
        return soon.removeFirst().id
    }

    /// Removes a booking from `live`; `share` is 0 up to 1.
    func takeLive(_ share: Double) -> BookingID? {
        guard !live.isEmpty else { return nil }
        live.swapAt(Int(share * Double(live.count)), live.count - 1)
        return live.removeLast()
    }
}

/// The service ids by which a load recognizes its own events.
struct LoadMarks: Sendable, Equatable {
    let create: UInt64
    let reminder: UInt64

    init(_ bits: UInt64) {
        create = ServiceID.version8(RandomBits(high: bits, low: 0)).high
        reminder = create ^ 1
    }

    func create(_ number: Int) -> ServiceID { Self.id(create, number) }
    func reminder(_ number: Int) -> ServiceID { Self.id(reminder, number) }

    private static func id(_ high: UInt64, _ number: Int) -> ServiceID {
        .version8(RandomBits(high: high, low: UInt64(number)))
    }

    /// Returns the number of the create or reminder that has this service id.
    static func number(of service: ServiceID) -> Int { Int(service.low & 0x3fff_ffff_ffff_ffff) }
}
