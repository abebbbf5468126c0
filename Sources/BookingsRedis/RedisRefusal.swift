/// An error by which a Redis reports that it does not work as a whole, as opposed to an error of one command.
enum RedisRefusal: String, CaseIterable, Sendable {
    /// A replica: the connection stayed with a node that is no primary any more.
    case readOnly = "READONLY"
    case outOfMemory = "OOM"
    case tooFewReplicas = "NOREPLICAS"
    case cannotPersist = "MISCONF"
    case loading = "LOADING"
    case clusterDown = "CLUSTERDOWN"
    case masterDown = "MASTERDOWN"
    case busy = "BUSY"

    /// Returns `nil` for an error of one command.
    ///
    /// The first word of an error is its code (Redis' documentation, "RESP protocol specification", simple errors).
    init?(errorMessage: String) {
        self.init(rawValue: String(errorMessage.prefix { $0 != " " }))
    }

    /// Whether another connection may reach a node that works.
    var endsConnection: Bool {
        switch self {
        case .readOnly, .masterDown: true
        case .outOfMemory, .tooFewReplicas, .cannotPersist, .loading, .clusterDown, .busy: false
        }
    }
}
