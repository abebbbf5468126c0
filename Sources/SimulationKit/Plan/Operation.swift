import Bookings

/// An operation of a client, or a fault.
package struct Operation: Codable, Hashable, Sendable {
    /// The operation's request id, distinct in the plan. Contenders that are alike share one, and with it the id of the
    /// booking that they create.
    package var name: String
    /// The client; `world` for a fault.
    package var caller: Caller
    /// The replica that receives the request; the next live one when it is down.
    package var replica = 0
    /// The replica that receives the request again, with the same key, when the first outcome is unknown.
    package var retryOn: Int?
    /// What it does.
    package var verb: Verb

    /// Whether the operation injects or heals a fault.
    package var isFault: Bool { if case .fault = verb { true } else { false } }

    /// The operation and those that are nested in it.
    var withNested: [Operation] {
        guard case .walk(_, _, let between) = verb else { return [self] }
        return [self] + between.flatMap(\.withNested)
    }
}

/// What an operation does.
package enum Verb: Codable, Hashable, Sendable {
    /// `booking` is the label by which later operations name the booking. `minutes` is the length of the slot.
    case create(booking: String, provider: Int, start: Int64, minutes: Int, key: String?)
    /// `start` and `minutes` are for a reschedule. `match` is sent as the version of `If-Match`.
    case act(booking: String, action: ActionName, start: Int64?, minutes: Int?, match: Int?, key: String?)
    case read(booking: String)
    /// Reads a booking unless it still has the version, which is that of the newest answer when there is none.
    case revalidate(booking: String, version: Int?)
    /// Reads what the service says of itself, by its path: a probe or the metrics.
    case probe(String)
    /// Reads the history of a booking.
    case history(booking: String)
    /// Reads one page, by its path with query.
    case list(String)
    /// Walks a list by cursor to its end. The operations of `between` are executed one by one after its first pages.
    case walk(list: String, limit: Int, between: [Operation])
    /// Reads upcoming and past in full and compares them with the whole list.
    case partition
    /// Opens a socket, or reconnects it with its last cursor.
    case listen(socket: String)
    /// Reads the events that a client of another transport has missed. The first time it only begins to listen.
    case follow(listener: String, transport: ListenerTransport)
    /// Tries a token with a flaw, over HTTP and as a socket.
    case flawedToken(TokenFlaw)
    /// Sends a request with a token that is signed with the key of this name.
    case presentKey(String)
    /// Adds or changes a webhook of the run, by its label.
    case webhook(String, WebhookRequest)
    /// The key server publishes these keys from now on, and no others.
    case publishKeys([String])
    case fault(FaultEvent)

    /// Whether no client executes it.
    var isOfWorld: Bool {
        switch self {
        case .fault, .publishKeys: true
        default: false
        }
    }
}
