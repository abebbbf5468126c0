import Bookings

/// An error by which a Redis says that it does not do its work as a whole: not that one command is wrong.
enum RedisRefusal: String, CaseIterable, Sendable {
    /// A replica: this connection was kept to a node that is no primary any more.
    case readOnly = "READONLY"
    case outOfMemory = "OOM"
    case tooFewReplicas = "NOREPLICAS"
    case cannotPersist = "MISCONF"
    case loading = "LOADING"
    case clusterDown = "CLUSTERDOWN"
    case masterDown = "MASTERDOWN"
    case busy = "BUSY"

    /// `error`: the code stands first (Redis' documentation, "RESP protocol specification", simple errors).
    init?(error: String) {
        self.init(rawValue: String(error.prefix { $0 != " " }))
    }

    /// Whether another connection may reach a node that serves.
    var endsConnection: Bool {
        switch self {
        case .readOnly, .masterDown: true
        case .outOfMemory, .tooFewReplicas, .cannotPersist, .loading, .clusterDown, .busy: false
        }
    }
}
