/// What a replica had told by the time it came to rest.
struct DeliveryProgress: Hashable, Sendable {
    let replica: Int
    /// The place in the log up to which its sockets were told.
    let relayed: Int64
    /// How many events it sent to sockets in this life; nil when that is not known.
    let sent: Int?
}
