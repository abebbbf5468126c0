import Bookings

/// All that a run will do: drawn from a seed before anything runs, saved as JSON, replayed and shrunk.
///
/// A run is a function of its plan. Instants are milliseconds since the run's beginning.
package struct Plan: Codable, Hashable, Sendable {
    package var scenario: Scenario
    package var seed: UInt64
    package var settings: Settings
    package var steps: [Step]
    /// A planted bug.
    package var mutant: String?

    /// Whether a client stops reading in it.
    var stallsReaders: Bool {
        steps.contains { step in
            step.operations.contains { if case .fault(.stallSocket) = $0.verb { true } else { false } }
        }
    }

    /// How many operations it holds, faults included.
    package var size: Int { steps.reduce(0) { $0 + $1.operations.count } }
}

/// The world in which a plan runs.
package struct Settings: Codable, Hashable, Sendable {
    package var world = WorldKind.real
    package var stores = Stores.embedded
    package var replicas = 3
    /// The instant at which virtual time begins, in milliseconds since 1970.
    package var begin: Int64
    /// How much virtual time passes, in milliseconds.
    package var until: Int64
    /// The reminder leads, in milliseconds.
    package var leads: [Int64] = [600_000]
    package var isPendingFirst = false
    var cacheSeconds = 30
    var retentionSeconds = 400 * 86_400
    /// How far each replica's machine is ahead of the true time, in milliseconds; empty: not at all.
    var skews: [Int64] = []
    /// The providers whose bookings are raced for: what becomes of them is judged, but not in the trace.
    var racyProviders: [Int] = []
    /// Clients name instants by the time of central Europe, with its offset of the day, instead of UTC.
    var speaksLocalTime = false
    /// Clients reach their replicas through proxies, which faults of the network need.
    var isProxied = false
    /// A socket of the admin, of each customer and of each provider listens from the beginning.
    var customers = 2
    package var providers = 4
}

package enum WorldKind: String, Codable, CaseIterable, Sendable {
    /// Replicas in this process, on a virtual clock.
    case real
    /// Replicas as child processes, on virtual clocks that this process turns; crashes are SIGKILL.
    case proc
    /// A deployed service, in real time.
    case remote
}

package enum Stores: String, Codable, CaseIterable, Sendable {
    /// SQLite and the bus of this process.
    case embedded
    /// Ephemeral PostgreSQL and Redis.
    case services
}

/// What is done at one instant: everything in it at once.
package struct Step: Codable, Hashable, Sendable {
    package enum Race: String, Codable, Sendable {
        /// The operations commute: each of them ends in the same way, whoever comes first.
        case none
        /// Which one wins is open, but all are alike: how many end in which way is the same.
        case alike
        /// Explored: the invariants judge it, the trace does not show it.
        case free
    }

    package var at: Int64
    var race = Race.none
    package var operations: [Operation]
}

/// One thing that a client, or the world, does.
package struct Operation: Codable, Hashable, Sendable {
    /// Distinct in the plan; alike contenders share one, and so the id of what they make.
    package var name: String
    /// `admin`, `customer-3`, `provider-2`; the world itself for faults.
    package var caller: Caller
    /// The replica that is asked; the next live one when it is down.
    package var replica = 0
    /// Asked again there, with the same key, when the first answer is lost or a 5xx.
    var retryOn: Int?
    package var verb: Verb

    var isFault: Bool { if case .fault = verb { true } else { false } }
}

package enum Verb: Codable, Hashable, Sendable {
    /// `booking`: the label by which later operations know it.
    case create(booking: String, provider: Int, start: Int64, minutes: Int, key: String?)
    /// `start` and `minutes` for a reschedule. `match`: sends `If-Match` with this version.
    case act(booking: String, action: ActionName, start: Int64?, minutes: Int?, match: Int?, key: String?)
    case read(booking: String)
    /// The booking's history.
    case history(booking: String)
    /// One page, by its path with query.
    case list(String)
    /// A walk by cursor from the first page to the end; `between` is done after the first pages, one by one.
    case walk(list: String, limit: Int, between: [Operation])
    /// Upcoming and past as a whole, held against each other.
    case partition
    /// Opens a socket, or opens it again after its last cursor.
    case listen(socket: String)
    case flawedToken(TokenFlaw)
    case fault(Fault)
}

/// Who asks.
package enum Caller: Hashable, Sendable {
    case admin
    case customer(Int)
    case provider(Int)
    case world

    var role: Role? {
        switch self {
        case .admin: .admin
        case .customer: .customer
        case .provider: .provider
        case .world: nil
        }
    }
}

extension Caller: Codable, LosslessStringConvertible {
    package init?(_ description: String) {
        let parts = description.split(separator: "-", maxSplits: 1)
        let number = parts.count == 2 ? Int(parts[1]) : nil
        switch (parts.first, number) {
        case ("admin", nil): self = .admin
        case ("world", nil): self = .world
        case ("customer", let number?): self = .customer(number)
        case ("provider", let number?): self = .provider(number)
        default: return nil
        }
    }

    package var description: String {
        switch self {
        case .admin: "admin"
        case .customer(let number): "customer-\(number)"
        case .provider(let number): "provider-\(number)"
        case .world: "world"
        }
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let caller = Caller(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "no caller: \(text)"))
        }
        self = caller
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// What can be wrong with a token.
package enum TokenFlaw: String, Codable, CaseIterable, Sendable {
    case expired
    case algNone = "alg-none"
    case badSignature = "bad-signature"
    case wrongAudience = "wrong-audience"
    case noSub = "no-sub"
}
