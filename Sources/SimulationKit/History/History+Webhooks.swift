import Bookings

extension History {
    /// A webhook of the run.
    package struct Webhook: Codable, Hashable, Sendable {
        /// A signing secret, and when it signs.
        package struct Secret: Codable, Hashable, Sendable {
            /// As its owner got it.
            package let text: String
            /// When it was shown.
            package let from: Timestamp
            /// When it was replaced; `nil` for the newest.
            package var replacedAt: Timestamp?
        }

        /// A repetition that the owner asked for.
        package struct Replay: Codable, Hashable, Sendable {
            /// The sequence number of the request.
            package let sequence: Int
            /// Events from this instant on are delivered again.
            package let from: Timestamp
        }

        /// The name in the plan, and the path of its receiver.
        package let label: String
        /// Its path in the API.
        package let path: String
        /// The provider whose events are delivered; `nil` for those of all.
        package let provider: ProviderID?
        /// Whether deliveries are made one after the other, in the log's order, and not only those of each booking.
        package let isOrdered: Bool
        /// The number of events in the log when it was added. Every event after them is delivered.
        package let startPosition: Int
        /// When it was added.
        package let addedAt: Timestamp
        /// The oldest first.
        package var secrets: [Secret]
        /// In the order of the requests.
        package var replays: [Replay] = []
        /// When it was deleted; `nil` while it exists.
        package var deletedAt: Timestamp?
        /// Its state after the run, when all receivers had accepted everything for a while; `nil` when it was not read.
        package var finalState: String?
        /// The age of the oldest event that was not delivered then, in seconds.
        package var finalLag: Int?
    }

    /// A request that a receiver got.
    package struct WebhookDelivery: Codable, Hashable, Sendable {
        /// The label of the webhook whose receiver got it.
        package let webhook: String
        /// Whether it was a POST to the receiver's own path.
        package let isToOwnPath: Bool
        /// The index of the replica that sent it.
        package let replica: Int
        /// The value of `webhook-id`.
        package let event: String
        /// The name of the event in the body.
        package let name: String
        /// The value of `webhook-timestamp`, in seconds; `nil` when it was no number.
        package let timestamp: Int64?
        /// The value of `webhook-signature`.
        package let signature: String
        /// The body.
        package let body: String
        /// The virtual time of the arrival.
        package let receivedAt: Timestamp
        /// The sequence number of the arrival.
        package let sequence: Int
        /// The status of the answer; `nil` when none was sent.
        package var status: Int?
        /// The sequence number of the moment at which the receiver took it as delivered; `nil` when it did not.
        package var acceptedSequence: Int?

        /// Whether the receiver took it as delivered, and said so.
        var isAcknowledged: Bool { acceptedSequence != nil && status == 200 }
        /// Whether it is an event of the log, unlike `resync`.
        var isEvent: Bool { EventName(rawValue: name) != nil }
    }
}
