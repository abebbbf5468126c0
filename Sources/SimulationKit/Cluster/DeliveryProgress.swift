/// How many events a replica had sent to sockets when it came to rest.
struct DeliveryProgress: Hashable, Sendable {
    let replica: Int
    /// The log position up to which events were sent to its sockets.
    let relayed: Int64
    /// The number of events sent to sockets in this life; `nil` when it is not known.
    let sent: Int?
}
