/// Reads the log onwards from where it stands, and hands each new event on, in order, once.
///
/// One for a replica. It is a value that only its loop touches.
public struct RelayEvents: Sendable {
    /// Takes events in the log's order; `through`: all up to here has been handed over.
    public typealias Receiver = @Sendable (_ events: [LoggedEvent], _ through: LogPosition) -> Void

    public static let batch = 1000

    private let log: any EventLog
    private let receiver: Receiver
    public private(set) var position: LogPosition

    public init(log: any EventLog, from position: LogPosition, receiver: @escaping Receiver) {
        self.log = log
        self.position = position
        self.receiver = receiver
    }

    /// Hands on all that the log holds beyond the position. Live delivery knows no age: `keptSince` is the beginning.
    public mutating func runOnce() async throws(StoreError) {
        while true {
            let slice = try await log.events(after: position, in: .all, keptSince: .earliest, limit: Self.batch)
            guard let slice else {
                // The log was trimmed past this place while the store was away: go on from what is kept.
                position = try await log.oldest(keptSince: .earliest)
                continue
            }
            guard slice.through > position else { return }
            receiver(slice.events, slice.through)
            position = slice.through
            // What comes after a slice that is not full is announced.
            if slice.events.count < Self.batch { return }
        }
    }
}
