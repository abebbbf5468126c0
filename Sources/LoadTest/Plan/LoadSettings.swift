import Bookings
import SimulationKit

/// Everything that a load test is run with and reported by.
package struct LoadSettings: Sendable, Codable {
    package var target: LoadTarget
    package var shape = LoadShape(rate: 500, duration: .seconds(60))
    package var mix = LoadMix.usual
    package var seed: UInt64 = 42
    /// The number of providers; without effect when there are `users`.
    package var providerCount = 50
    /// The users of a data file; empty for providers that are drawn from the seed.
    package var users: [LoadUser] = []
    /// The share of creates that request an occupied slot; 0 to 1.
    package var conflicts = 0.0
    /// The number of Socket.IO connections that listen, spread over the providers.
    package var sockets = 0
    /// The number of Socket.IO clients by long-polling.
    package var pollers = 0
    /// The number of event streams.
    package var streams = 0
    /// The number of reminders that are due during the load.
    package var reminders = 0
    /// The service's reminder lead; `nil` for the one that it reports.
    package var lead: Duration?
    package var maximumInFlight = 1000
    package var timeout = Duration.seconds(10)
    /// How long a user of a session thinks, on average.
    package var think = Duration.zero
    /// The first part of the load, which is sent and not measured.
    package var warmUp = Duration.zero
    package var objectives: [LoadObjective] = []
    /// Whether the load ends when an objective is missed.
    package var abortsOnMiss = false
    /// Whether failed requests and lost listeners alone make no failed load test.
    package var allowsErrors = false
    /// The number of event loops, each with a part of the load.
    package var loops = 1
    /// The secret of the service's tokens; `nil` to let the service issue them.
    package var secret: String?
    /// The instant from which ids and slots are derived, so that they differ from those of an earlier load test with the
    /// same seed, whose slots are taken.
    package var startedAt: Timestamp

    package init(target: LoadTarget, startedAt: Timestamp) {
        self.target = target
        self.startedAt = startedAt
    }

    package var providers: Int { users.isEmpty ? providerCount : users.count }

    package var listeners: Int { sockets + pollers + streams }

    /// Whether created bookings start during the load, so that they can be completed.
    var startsSoon: Bool { mix.kinds.contains(where: \.needsStartedBooking) }

    /// Whether each second has to be judged.
    var needsMeasures: Bool { abortsOnMiss && !objectives.isEmpty }

    package var plan: LoadPlan { plan(shape, seed: seed) }

    func plan(_ shape: LoadShape, seed: UInt64) -> LoadPlan {
        LoadPlan(seed: seed, shape: shape, mix: mix, providers: providers, conflicts: conflicts)
    }
}

/// A provider of a data file.
package struct LoadUser: Hashable, Sendable, Codable {
    let provider: ProviderID
    /// `nil` for a token like that of any other provider.
    let token: String?

    /// A line of a data file that is none.
    package struct Malformed: Error, CustomStringConvertible {
        package let description: String
    }

    /// Parses lines `PROVIDER_ID` or `PROVIDER_ID,TOKEN`; empty lines and lines that begin with `#` are skipped.
    package static func parse(_ text: String) throws(Malformed) -> [LoadUser] {
        var users: [LoadUser] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            if line.isEmpty || line.hasPrefix("#") { continue }
            let parts = line.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
            guard let provider = ProviderID(String(parts[0])) else {
                throw Malformed(description: "line \(index + 1): \(parts[0]) is not a valid UUID")
            }
            let token = parts.count == 2 ? parts[1] : nil
            guard token?.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) ?? true, token != "" else {
                throw Malformed(description: "line \(index + 1): the token must be visible ASCII")
            }
            users.append(LoadUser(provider: provider, token: token.map(String.init)))
        }
        guard Set(users.map(\.provider)).count == users.count else {
            throw Malformed(description: "a provider is named twice")
        }
        return users
    }
}
