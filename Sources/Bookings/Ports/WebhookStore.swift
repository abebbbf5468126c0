/// The webhooks with their progress and their attempts. Each function is one transaction.
///
/// A replica works on a webhook while it has its lease. The lease has a number that rises each time it is taken (a fencing
/// token): what a holder writes after another one took the lease is refused.
package protocol WebhookStore: Sendable {
    // MARK: - Webhooks

    /// Stores a new webhook.
    ///
    /// - Returns: The webhook with this id, which is an earlier one when the id is taken; `nil` when its owner has
    ///   `WebhookEndpoint.maximumCount` already.
    func addWebhook(_ webhook: WebhookEndpoint) async throws(StoreError) -> WebhookEndpoint?

    /// Returns the webhook as the last commit left it; `nil` when there is none with this id.
    func webhook(_ id: WebhookID) async throws(StoreError) -> WebhookEndpoint?

    /// Returns webhooks in the order of their ids, at most `limit` after `id`.
    ///
    /// - Parameter provider: Only those of this provider; `nil` for all.
    func webhooks(
        of provider: ProviderID?, after id: WebhookID?, limit: Int
    ) async throws(StoreError) -> [WebhookEndpoint]

    /// Returns the webhooks that were made or changed after a revision, in the order of their revisions.
    func webhooks(changedAfter revision: Int64, limit: Int) async throws(StoreError) -> [WebhookEndpoint]

    /// Stores the members of a webhook that its owner decides, and ends the waits of its retries: nothing behind its cursor
    /// is settled any more.
    ///
    /// - Parameters:
    ///   - webhook: The webhook after the change; its `revision` is that on which the change is based.
    ///   - restart: A position from which deliveries are repeated; the lease is taken from its holder then.
    /// - Returns: The webhook with its new revision; `nil` when it has another one already, or is gone.
    func changeWebhook(
        _ webhook: WebhookEndpoint, restartingAfter restart: LogPosition?
    ) async throws(StoreError) -> WebhookEndpoint?

    /// Deletes a webhook. Returns whether there was one.
    func deleteWebhook(_ id: WebhookID) async throws(StoreError) -> Bool

    // MARK: - Deliveries

    /// Takes the leases of these webhooks where nobody has them and deliveries are to be made.
    ///
    /// - Returns: The webhooks that exist, with the lease or the instant until which another holder has it.
    func leaseWebhooks(
        _ ids: [WebhookID], at now: Timestamp, until end: Timestamp
    ) async throws(StoreError) -> [LeasedWebhook]

    /// Stores the progress of the holder of a lease and the attempts that it made, and prolongs the lease.
    func saveWebhook(_ save: WebhookSave) async throws(StoreError) -> WebhookSaveOutcome

    /// Moves the cursors of webhooks that nothing was to be delivered to, so that they stay within the retention of the
    /// log: the cursors before `boundary` whose webhook has no event up to it.
    ///
    /// - Parameters:
    ///   - key: The result of the call before; `nil` for the first webhook.
    ///   - limit: How many webhooks, and how many events of each, are looked at.
    /// - Returns: The cursor and id of the last webhook that was looked at; `nil` when there was none.
    func advanceIdleWebhooks(
        to boundary: LogPosition, after key: WebhookCursorKey?, limit: Int
    ) async throws(StoreError) -> WebhookCursorKey?

    // MARK: - Attempts

    /// Returns the attempts of a webhook, the newest first, at most `limit` before the one with this number.
    func webhookAttempts(
        of id: WebhookID, succeeded: Bool?, before number: Int64?, limit: Int
    ) async throws(StoreError) -> [WebhookAttempt]

    /// Deletes attempts that were made before an instant, at most `limit`. Returns whether more are left.
    func trimWebhookAttempts(before end: Timestamp, limit: Int) async throws(StoreError) -> Bool

    /// Returns how many webhooks are stalled.
    func stalledWebhooks() async throws(StoreError) -> Int
}

/// The place of a webhook in the order of the cursors.
package struct WebhookCursorKey: Hashable, Sendable {
    /// The cursor.
    package let position: LogPosition
    /// The webhook.
    package let id: WebhookID

    /// Creates a key from its members.
    package init(position: LogPosition, id: WebhookID) {
        self.position = position
        self.id = id
    }
}

/// A webhook with its lease, as `leaseWebhooks` found it.
package struct LeasedWebhook: Hashable, Sendable {
    /// The webhook.
    package let webhook: WebhookEndpoint
    /// The fencing token of the lease; `nil` when it was not taken.
    package let token: Int64?
    /// The instant until which the lease holds, or held.
    package let until: Timestamp

    /// Creates the value from its members.
    package init(webhook: WebhookEndpoint, token: Int64?, until: Timestamp) {
        self.webhook = webhook
        self.token = token
        self.until = until
    }
}

/// What the holder of a lease stores.
package struct WebhookSave: Sendable {
    /// The webhook.
    package let id: WebhookID
    /// The fencing token of the lease.
    package let token: Int64
    /// The revision of the webhook on which the deliveries are based.
    package let revision: Int64
    /// The state as the deliveries left it.
    package let state: WebhookState
    /// What was delivered.
    package let progress: WebhookProgress
    /// The attempts since the last save.
    package let attempts: [WebhookAttempt]
    /// The end of the lease from now on.
    package let leaseEnd: Timestamp

    /// Creates the value from its members.
    package init(
        id: WebhookID, token: Int64, revision: Int64, state: WebhookState, progress: WebhookProgress,
        attempts: [WebhookAttempt], leaseEnd: Timestamp
    ) {
        self.id = id
        self.token = token
        self.revision = revision
        self.state = state
        self.progress = progress
        self.attempts = attempts
        self.leaseEnd = leaseEnd
    }
}

/// The outcome of `saveWebhook`. Only `saved` has changed anything.
package enum WebhookSaveOutcome: Hashable, Sendable {
    case saved
    /// The owner has changed the webhook; the lease still holds.
    case changed(WebhookEndpoint)
    /// The webhook is gone, or another holder has taken the lease.
    case lost
}

/// One attempt to deliver.
package struct WebhookAttempt: Hashable, Sendable {
    /// Rises with each attempt of a webhook; 0 until it is stored.
    package let number: Int64
    /// The value of `webhook-id`.
    package let eventID: EventID
    /// The name of the event, or `resync`.
    package let name: String
    /// The status of the answer; `nil` when there was none.
    package let status: Int?
    /// Why the attempt failed; `nil` when it succeeded.
    package let error: String?
    /// From the beginning of the attempt to its end.
    package let latency: Duration
    /// The instant of the attempt.
    package let at: Timestamp

    /// Creates the value from its members.
    package init(
        number: Int64 = 0, eventID: EventID, name: String, status: Int?, error: String?, latency: Duration,
        at instant: Timestamp
    ) {
        self.number = number
        self.eventID = eventID
        self.name = name
        self.status = status
        self.error = error
        self.latency = latency
        at = instant
    }
}

extension WebhookEndpoint {
    /// The form of `events` in stores: the names between commas, and nothing for all events.
    package var eventsText: String {
        events.isEmpty ? "" : "," + events.map(\.rawValue).sorted().joined(separator: ",") + ","
    }

    /// Reads the form of `events` in stores. Returns `nil` for an unknown name.
    package static func events(from text: String) -> Set<EventName>? {
        let names = text.split(separator: ",").map { EventName(rawValue: String($0)) }
        return names.contains(nil) ? nil : Set(names.compactMap { $0 })
    }

    /// The key under which the webhooks of an owner are counted.
    package var owner: String { providerID.map { "p\($0)" } ?? "a" }
}

extension EventID {
    /// The id of the notice that a webhook's deliveries are complete only after a position.
    package static func resync(of webhook: WebhookID, at position: LogPosition) -> EventID {
        .derived(
            from: BookingID(high: webhook.high, low: webhook.low), version: Int(position.number),
            lead: .milliseconds(-1))
    }
}
