import Crypto

/// The reason why an owner's request concerning webhooks failed.
package enum WebhookError: Error, Hashable, Sendable {
    /// There is no such webhook, or the caller may not see it; both look the same to the caller.
    case notFound
    /// The roles of the caller do not allow the request.
    case forbidden
    /// The owner has `WebhookEndpoint.maximumCount` webhooks.
    case tooMany
    /// The log no longer has all events after the cursor.
    case cursorTooOld
    /// A store cannot be used; the caller may retry.
    case unavailable(StoreError)
}

/// What an owner decides about a new webhook.
package struct NewWebhook: Hashable, Sendable {
    /// Where the events are sent to.
    package let url: WebhookURL
    /// The names of the events; all when it is empty.
    package let events: Set<EventName>
    /// The provider that the request names.
    package let providerID: ProviderID?
    /// Which deliveries may be in flight together.
    package let ordering: WebhookOrdering

    /// Creates the value from its members.
    package init(url: WebhookURL, events: Set<EventName>, providerID: ProviderID?, ordering: WebhookOrdering) {
        self.url = url
        self.events = events
        self.providerID = providerID
        self.ordering = ordering
    }
}

/// The requests of owners concerning their webhooks. A provider manages its own, an administrator all.
package struct ManageWebhooks: Sendable {
    /// How often a change that met another one is tried again.
    private static let maximumTries = 8

    private let store: any WebhookStore
    private let log: any EventLog
    private let cipher: SecretCipher
    private let clock: any WallClock
    private let identifiers: any IdentifierSource
    private let retention: Duration
    /// Called after each change; wakes the deliveries of this replica.
    private let changed: @Sendable () -> Void

    /// Collects the ports. `retention` is how long events can be read.
    package init(
        store: any WebhookStore, log: any EventLog, cipher: SecretCipher, clock: any WallClock,
        identifiers: any IdentifierSource, retention: Duration, changed: @escaping @Sendable () -> Void
    ) {
        self.store = store
        self.log = log
        self.cipher = cipher
        self.clock = clock
        self.identifiers = identifiers
        self.retention = retention
        self.changed = changed
    }

    // MARK: - Rights

    /// Throws unless the caller's roles let it have webhooks.
    package func requireManager(_ principal: Principal) throws(WebhookError) {
        guard principal.roles.contains(.admin) || principal.providerID != nil else { throw .forbidden }
    }

    private func maySee(_ webhook: WebhookEndpoint, _ principal: Principal) -> Bool {
        principal.roles.contains(.admin) || webhook.providerID.map { $0 == principal.providerID } ?? false
    }

    /// Returns the webhook if the caller may see it.
    package func get(_ id: WebhookID, by principal: Principal) async throws(WebhookError) -> WebhookEndpoint {
        try requireManager(principal)
        let webhook = try await performing { () async throws(StoreError) in try await store.webhook(id) }
        guard let webhook, maySee(webhook, principal) else { throw .notFound }
        return webhook
    }

    /// Returns the caller's webhooks in the order of their ids.
    package func list(
        after id: WebhookID?, limit: Int, by principal: Principal
    ) async throws(WebhookError) -> [WebhookEndpoint] {
        try requireManager(principal)
        let provider = principal.roles.contains(.admin) ? nil : principal.providerID
        return try await performing { () async throws(StoreError) in
            try await store.webhooks(of: provider, after: id, limit: limit)
        }
    }

    // MARK: - Changes

    /// Adds a webhook that is delivered the events from now on.
    ///
    /// - Parameter request: A request with an idempotency key, from which the id is derived, so that a repetition finds
    ///   what was added.
    package func add(
        _ new: NewWebhook, by principal: Principal, for request: IdempotentRequest?
    ) async throws(WebhookError) -> WebhookEndpoint {
        try requireManager(principal)
        let isAdmin = principal.roles.contains(.admin)
        guard isAdmin || new.providerID == nil || new.providerID == principal.providerID else { throw .forbidden }
        let now = clock.now()
        let id =
            request.map(Self.derivedID)
            ?? .version7(at: now, randomness: identifiers.bits(for: .secret, key: "webhook/id"))
        let head = try await performing { () async throws(StoreError) in try await log.head() }
        let webhook = WebhookEndpoint(
            id: id, providerID: isAdmin ? new.providerID : principal.providerID, ordering: new.ordering,
            createdAt: now, url: new.url, events: new.events, state: .active, secret: newSecret(of: id, after: 0),
            progress: WebhookProgress(from: head))
        let added = try await performing { () async throws(StoreError) in try await store.addWebhook(webhook) }
        guard let added else { throw .tooMany }
        changed()
        return added
    }

    private static func derivedID(_ request: IdempotentRequest) -> WebhookID {
        let key = request.key
        let text = [key.subject.text, key.method, key.path, key.key].joined(separator: "\u{0}")
        let digest = Array(SHA256.hash(data: Array(text.utf8) + request.bodyDigest))
        return .version8(
            RandomBits(high: UInt64(bigEndianBytes: digest[..<8]), low: UInt64(bigEndianBytes: digest[8..<16])))
    }

    /// - Parameter revision: That of the webhook before, so that seeded identifiers give another secret each time.
    private func newSecret(of id: WebhookID, after revision: Int64) -> [UInt8] {
        let key = "webhook/\(id)/\(revision)"
        let secret = (0..<2).flatMap { identifiers.bits(for: .secret, key: "\(key)/\($0)").bytes }
        return cipher.seal(secret, of: id, nonce: identifiers.bits(for: .secret, key: "\(key)/nonce"))
    }

    /// Applies a change to the webhook as it is, again when another change came first.
    ///
    /// - Parameter restart: A position from which deliveries are repeated.
    package func change(
        _ id: WebhookID, by principal: Principal, restartingAfter restart: LogPosition? = nil,
        _ edit: (inout WebhookEndpoint) -> Void
    ) async throws(WebhookError) -> WebhookEndpoint {
        for _ in 0..<Self.maximumTries {
            var webhook = try await get(id, by: principal)
            edit(&webhook)
            let edited = webhook
            let stored = try await performing { () async throws(StoreError) in
                try await store.changeWebhook(edited, restartingAfter: restart)
            }
            guard let stored else { continue }
            changed()
            return stored
        }
        throw .unavailable(.unavailable("other changes of the webhook came first"))
    }

    /// Replaces the secret. The old one signs for a day besides the new one.
    package func rotateSecret(of id: WebhookID, by principal: Principal) async throws(WebhookError) -> WebhookEndpoint {
        let expiry = clock.now() + WebhookEndpoint.PreviousSecret.lifetime
        return try await change(id, by: principal) { webhook in
            webhook.previousSecret = .init(secret: webhook.secret, expiresAt: expiry)
            webhook.secret = newSecret(of: id, after: webhook.revision)
        }
    }

    /// Repeats the deliveries from a position, or from the first event at or after an instant.
    package func replay(
        _ id: WebhookID, from start: ReplayStart, by principal: Principal
    ) async throws(WebhookError) -> WebhookEndpoint {
        let webhook = try await get(id, by: principal)
        let keptSince = clock.now() - retention
        let position: LogPosition
        switch start {
        case .position(let asked):
            let slice = try await performing { () async throws(StoreError) in
                try await log.events(after: asked, in: webhook.scope, keptSince: keptSince, limit: 1)
            }
            guard let slice, slice.through >= asked else { throw .cursorTooOld }
            position = asked
        case .instant(let instant):
            let oldest = try await performing { () async throws(StoreError) in
                try await log.oldest(keptSince: max(instant, keptSince))
            }
            // What happened before the instant and was not delivered is not to be lost.
            position = min(oldest, webhook.progress.position)
        }
        return try await change(id, by: principal, restartingAfter: position) { webhook in
            if webhook.state != .paused { webhook.state = .active }
        }
    }

    /// Where a replay begins.
    package enum ReplayStart: Hashable, Sendable {
        case position(LogPosition)
        case instant(Timestamp)
    }

    /// Deletes the webhook.
    package func delete(_ id: WebhookID, by principal: Principal) async throws(WebhookError) {
        _ = try await get(id, by: principal)
        let wasThere = try await performing { () async throws(StoreError) in try await store.deleteWebhook(id) }
        guard wasThere else { throw .notFound }
    }

    // MARK: - What is shown

    /// Returns the age of the oldest event that was not delivered, zero when all were.
    package func lag(of webhook: WebhookEndpoint) async throws(WebhookError) -> Duration {
        let now = clock.now()
        let oldest = try await performing { () async throws(StoreError) in
            try await log.oldestUndelivered(of: webhook, keptSince: now - retention)
        }
        return oldest.map { max(.zero, $0.duration(to: now)) } ?? .zero
    }

    /// Returns attempts, the newest first.
    package func attempts(
        of id: WebhookID, succeeded: Bool?, before number: Int64?, limit: Int, by principal: Principal
    ) async throws(WebhookError) -> [WebhookAttempt] {
        _ = try await get(id, by: principal)
        return try await performing { () async throws(StoreError) in
            try await store.webhookAttempts(of: id, succeeded: succeeded, before: number, limit: limit)
        }
    }

    /// Returns the secrets that sign at present, the newest first; empty when they cannot be decrypted.
    package func secrets(of webhook: WebhookEndpoint) -> [[UInt8]] {
        cipher.secrets(of: webhook, at: clock.now())
    }

    /// Returns the secret in a stored form as its owner gets it; `nil` when it cannot be decrypted.
    package func secretText(_ stored: [UInt8], of id: WebhookID) -> String? {
        cipher.open(stored, of: id).map { "whsec_" + Base64.encode($0) }
    }

    private func performing<Value>(
        _ work: () async throws(StoreError) -> Value
    ) async throws(WebhookError) -> Value {
        do { return try await work() } catch { throw .unavailable(error) }
    }
}
