import Bookings

/// The recorded evidence of one run, and the only input of the checkers.
///
/// Sequence numbers (`sent`, `answered`, `sequence`) come from one counter of the whole run, so that they order
/// requests, answers and frames as they happened in real time. Instants are true virtual time, whatever the clock of a
/// replica showed.
package struct History: Codable, Sendable {
    /// The leads with which the service was configured, one reminder for each.
    package var leads: [Duration] = [.seconds(600)]
    /// The providers by their index in the plan.
    package var providers: [ProviderID] = []
    /// Every request of the run, in the order of the answers.
    package var calls: [Call] = []
    /// Every request over HTTP with its whole answer, in the order of the answers.
    package var exchanges: [Exchange] = []
    /// The status of new bookings, as the service was configured.
    package var initialStatus = BookingStatus.confirmed
    /// How far the clock of the service may differ from the time of the run; zero where replicas run on virtual time.
    package var clockTolerance = Duration.zero
    /// How long the service keeps events, as it was configured.
    package var retention = Duration.seconds(400 * 86_400)
    /// The limit of requests, as the service was configured; `nil` without one.
    package var rateLimit: RateLimit?
    /// The number of replicas.
    package var replicas = 1
    /// Every frame that a socket received, in the order of arrival.
    package var frames: [Frame] = []
    /// The listening clients by the name of their socket.
    package var listeners: [String: Listener] = [:]
    /// The walks over lists by cursor.
    package var walks: [Walk] = []
    /// The comparisons of the upcoming and the past list.
    package var partitions: [Partition] = []
    /// The periods in which an injected fault was active, in the order of their heals.
    package var faultPeriods: [FaultPeriod] = []
    /// The whole event log as read after the run, oldest event first.
    package var log: [LogEntry] = []
    /// The ledger of reminders as read after the log; `nil` when the service has none.
    package var ledger: [LedgerRow]?
    /// The bookings of the database as read after the run.
    package var finalStates: [BookingID: FinalState] = [:]
    /// The flaws of the tokens with which a socket could be opened.
    package var flawedTokenSockets: [TokenFlaw] = []
    /// What the key server published, who read it, and which keys were presented.
    package var keys = KeyEvidence()
    /// The webhooks, in the order in which they were added.
    package var webhooks: [Webhook] = []
    /// What their receivers got, in the order of arrival.
    package var webhookDeliveries: [WebhookDelivery] = []
    /// Why the service did not converge: replicas that stayed busy or were not ready after the last heal.
    package var convergenceFailures: [String] = []
    /// The crashes at armed points, in the order in which they were noticed.
    package var crashes: [Crash] = []
    /// What the scenario file expects; empty for a plan that was drawn.
    package var expectations: [Expectation] = []
    /// The number of bookings that a correct service had to make, by the plan.
    package var leastBookings = 0
    /// The reads of whole lists that were not answered with a page, although no fault was active.
    package var unservedReads: [String] = []
    /// How a replica ended that no fault of the plan ended; `nil` when none did.
    package var crash: String?
    /// The ids of requests that got no answer from a replica that was shut down by SIGTERM.
    package var unansweredAtShutdown: [String] = []
    /// How often the run reached each coverage mark that is counted while it runs, by the mark's name.
    package var marks: [String: Int] = [:]
    /// Whether the run was given up before its end. Then neither the log nor the database was read.
    package var wasAborted = false
    /// The first instant of the run.
    package var begunAt = Timestamp.earliest
    /// The last instant of the run, before the final reads.
    package var endedAt = Timestamp.earliest
}

extension History {
    /// A period in which an injected fault was active.
    package struct FaultPeriod: Codable, Hashable, Sendable {
        /// What was wrong, in words.
        package let name: String
        /// When the fault was injected.
        package let from: Timestamp
        /// When the fault was healed; `latest` while it is active.
        package var until: Timestamp

        /// Creates a period; `until` is `latest` for one that is not healed yet.
        package init(name: String, from: Timestamp, until: Timestamp) {
            self.name = name
            self.from = from
            self.until = until
        }

        /// Returns the name of the fault under which the client of `socket` does not read.
        package static func stall(of socket: String) -> String { "\(socket) does not read" }
    }

    /// The death of a replica at a crash point.
    package struct Crash: Codable, Hashable, Sendable {
        /// The point that the replica passed.
        package let point: CrashPoint
        /// The index of the replica.
        package let replica: Int
        /// The virtual time.
        package let at: Timestamp
    }

    /// A limit of requests in a window of time.
    package struct RateLimit: Codable, Hashable, Sendable {
        /// The number of requests that a window permits.
        package let requests: Int
        /// The length of a window.
        package let seconds: Int64
        /// Whether the replicas count together.
        package let isShared: Bool
    }

    /// A booking and its changes as the database held them after the run.
    package struct FinalState: Codable, Sendable {
        /// The booking in its newest version.
        package let row: Row
        /// The ids of the requests that made the versions 1, 2, …, as the booking's history lists them.
        package let requests: [String]
    }
}
