/// The id of a webhook.
package typealias WebhookID = Identifier<WebhookEndpoint>

/// An address of a client to which events are delivered by HTTP requests, with the progress of the deliveries.
package struct WebhookEndpoint: Hashable, Sendable {
    /// How many webhooks an owner (a provider, or the administrators together) may have.
    package static let maximumCount = 20

    /// The id, which the service makes.
    package let id: WebhookID
    /// The provider whose events are delivered; `nil` for those of all providers.
    package let providerID: ProviderID?
    /// Which deliveries may be in flight together.
    package let ordering: WebhookOrdering
    /// The instant of the creation.
    package let createdAt: Timestamp
    /// Where the events are sent to.
    package var url: WebhookURL
    /// The names of the events that are delivered; all events when it is empty.
    package var events: Set<EventName>
    /// Whether deliveries are made at present.
    package var state: WebhookState
    /// The signing secret in the form in which it is stored, see `SecretCipher`.
    package var secret: [UInt8]
    /// The signing secret before the last rotation; `nil` when there was none.
    package var previousSecret: PreviousSecret?
    /// Rises with each change of the members above, over all webhooks.
    package var revision: Int64
    /// What has been delivered.
    package var progress: WebhookProgress

    /// A secret that was replaced, with which deliveries are signed for a while besides the new one.
    package struct PreviousSecret: Hashable, Sendable {
        /// How long a secret stays valid after it was replaced.
        package static let lifetime = Duration.seconds(24 * 60 * 60)

        /// The secret in the form in which it is stored.
        package let secret: [UInt8]
        /// The instant from which it no longer signs.
        package let expiresAt: Timestamp

        /// Creates the value from its members.
        package init(secret: [UInt8], expiresAt: Timestamp) {
            self.secret = secret
            self.expiresAt = expiresAt
        }
    }

    /// Creates a webhook from its members; `revision` is set by the store.
    package init(
        id: WebhookID, providerID: ProviderID?, ordering: WebhookOrdering, createdAt: Timestamp, url: WebhookURL,
        events: Set<EventName>, state: WebhookState, secret: [UInt8], previousSecret: PreviousSecret? = nil,
        revision: Int64 = 0, progress: WebhookProgress
    ) {
        self.id = id
        self.providerID = providerID
        self.ordering = ordering
        self.createdAt = createdAt
        self.url = url
        self.events = events
        self.state = state
        self.secret = secret
        self.previousSecret = previousSecret
        self.revision = revision
        self.progress = progress
    }

    /// The bookings whose events are delivered.
    package var scope: BookingScope { providerID.map { BookingScope(provider: $0) } ?? .all }

    /// Returns whether the event is delivered.
    package func accepts(_ event: BookingEvent) -> Bool {
        (events.isEmpty || events.contains(event.name)) && scope.contains(event.booking)
    }
}

/// Which deliveries of a webhook may be in flight together.
package enum WebhookOrdering: String, CaseIterable, Sendable {
    /// One at a time, in the order of the log.
    case endpoint
    /// In the order of the log for each booking.
    case booking

    /// How many deliveries are in flight, or wait for a retry, at most.
    package var maximumInFlight: Int { self == .endpoint ? 1 : 8 }
}

/// Whether a webhook's deliveries are made. Clients see the raw value.
package enum WebhookState: String, CaseIterable, Sendable {
    /// To `failing` by a failed attempt, to `paused` by its owner or the status 410.
    case active
    /// To `active` by its owner.
    case paused
    /// At least one delivery waits for a retry. To `active` by its success, to `stalled` when retries end, to `paused`.
    case failing
    /// The retries of a delivery have ended without success. To `active` by its owner.
    case stalled

    /// Whether deliveries are made.
    package var isDelivering: Bool { self == .active || self == .failing }
}
