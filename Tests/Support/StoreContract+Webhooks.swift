import Bookings
import XCTest

extension StoreContract {
    var webhookSentences: [(String, @Sendable () async throws -> Void)] {
        [
            (
                "an owner has at most twenty webhooks however many are added at once",
                test_an_owner_has_at_most_twenty_webhooks_however_many_are_added_at_once
            ),
            (
                "a webhook is read as it was written and listed for its owner",
                test_a_webhook_is_read_as_it_was_written_and_listed_for_its_owner
            ),
            (
                "a change of a webhook is based on its revision",
                test_a_change_of_a_webhook_is_based_on_its_revision
            ),
            ("one of several callers gets a lease", test_one_of_several_callers_gets_a_lease),
            (
                "progress and attempts are stored for the holder of the lease only",
                test_progress_and_attempts_are_stored_for_the_holder_of_the_lease_only
            ),
            (
                "the cursors of idle webhooks advance and others stay",
                test_the_cursors_of_idle_webhooks_advance_and_others_stay
            ),
            (
                "attempts are listed from the newest and trimmed in parts",
                test_attempts_are_listed_from_the_newest_and_trimmed_in_parts
            ),
        ]
    }

    @Sendable func test_an_owner_has_at_most_twenty_webhooks_however_many_are_added_at_once() async throws {
        let store = try await makeStore()
        let added = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 1...30 as ClosedRange<UInt64> {
                group.addTask { try await store.addWebhook(aWebhook(number)) != nil }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        XCTAssertEqual(added, 20)
        let ofAll = try await store.addWebhook(aWebhook(31, provider: nil))
        XCTAssertNotNil(ofAll, "administrators are another owner")
        let rows = try await store.webhooks(of: aProvider, after: nil, limit: 100)
        XCTAssertEqual(rows.count, 20)
        let existing = try await store.addWebhook(rows[3])
        XCTAssertEqual(existing, rows[3], "the id exists")
        let wasThere = [try await store.deleteWebhook(rows[3].id), try await store.deleteWebhook(rows[3].id)]
        XCTAssertEqual(wasThere, [true, false])
        let place = try await store.addWebhook(aWebhook(40))
        XCTAssertNotNil(place)
    }

    @Sendable func test_a_webhook_is_read_as_it_was_written_and_listed_for_its_owner() async throws {
        let store = try await makeStore()
        let other = ProviderID(high: 0, low: 5)
        var webhooks = [
            aWebhook(1, events: [.reminder, .created], ordering: .endpoint, from: LogPosition(3)),
            aWebhook(2, provider: other), aWebhook(3, provider: nil, url: "http://[::1]:8080/a?b=c"),
        ]
        for index in webhooks.indices {
            let stored = try await store.addWebhook(webhooks[index])
            webhooks[index].revision = stored?.revision ?? 0
            XCTAssertEqual(stored, webhooks[index])
            let read = try await store.webhook(webhooks[index].id)
            XCTAssertEqual(read, webhooks[index])
        }
        let own = try await store.webhooks(of: other, after: nil, limit: 10)
        XCTAssertEqual(own, [webhooks[1]])
        let all = try await store.webhooks(of: nil, after: webhooks[0].id, limit: 10)
        XCTAssertEqual(all, Array(webhooks[1...]))
        let changed = try await store.webhooks(changedAfter: webhooks[0].revision, limit: 1)
        XCTAssertEqual(changed, [webhooks[1]])
        let missing = try await store.webhook(WebhookID(high: 0, low: 0))
        XCTAssertNil(missing)
    }

    @Sendable func test_a_change_of_a_webhook_is_based_on_its_revision() async throws {
        let store = try await makeStore()
        guard var webhook = try await store.addWebhook(aWebhook()) else { return XCTFail("not added") }
        webhook.state = .paused
        webhook.events = [.reminder]
        webhook.previousSecret = .init(secret: [0, 1], expiresAt: at(50))
        webhook.secret = [0, 2]
        let changed = try await store.changeWebhook(webhook, restartingAfter: nil)
        XCTAssertGreaterThan(changed?.revision ?? 0, webhook.revision)
        let stale = try await store.changeWebhook(webhook, restartingAfter: nil)
        XCTAssertNil(stale)
        webhook.revision = changed?.revision ?? 0
        XCTAssertEqual(changed, webhook)
        let restarted = try await store.changeWebhook(webhook, restartingAfter: LogPosition(7))
        XCTAssertEqual(restarted?.progress, WebhookProgress(from: LogPosition(7)))
    }

    @Sendable func test_one_of_several_callers_gets_a_lease() async throws {
        let store = try await makeStore()
        for number in 1...5 as ClosedRange<UInt64> { _ = try await store.addWebhook(aWebhook(number)) }
        let ids = try await store.webhooks(of: nil, after: nil, limit: 9).map(\.id)
        let taken = try await withThrowingTaskGroup(of: [WebhookID].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await store.leaseWebhooks(ids, at: at(0), until: at(15)).filter { $0.token != nil }
                        .map(\.webhook.id)
                }
            }
            return try await group.reduce([], +)
        }
        XCTAssertEqual(taken.sorted(), ids)
        let held = try await store.leaseWebhooks(ids, at: at(14), until: at(29))
        XCTAssertEqual(held.map(\.token), [nil, nil, nil, nil, nil])
        XCTAssertEqual(Set(held.map(\.until)), [at(15)])
        let next = try await store.leaseWebhooks(ids, at: at(15), until: at(30))
        XCTAssertEqual(next.compactMap(\.token), [2, 2, 2, 2, 2])
        var paused = next[0].webhook
        paused.state = .paused
        _ = try await store.changeWebhook(paused, restartingAfter: nil)
        let afterwards = try await store.leaseWebhooks([paused.id], at: at(99), until: at(100))
        XCTAssertEqual(afterwards.map(\.token), [nil])
    }

    private func save(
        _ webhook: WebhookEndpoint, token: Int64, _ progress: WebhookProgress, attempts: [WebhookAttempt] = []
    ) -> WebhookSave {
        WebhookSave(
            id: webhook.id, token: token, revision: webhook.revision, state: .failing, progress: progress,
            attempts: attempts, leaseEnd: at(40))
    }

    private func attempt(_ number: UInt64, status: Int? = 200, error: String? = nil) -> WebhookAttempt {
        WebhookAttempt(
            eventID: EventID(high: 1, low: number), name: "booking.created", status: status, error: error,
            latency: .milliseconds(12), at: at(Int(number)))
    }

    @Sendable func test_progress_and_attempts_are_stored_for_the_holder_of_the_lease_only() async throws {
        let store = try await makeStore()
        guard let webhook = try await store.addWebhook(aWebhook()) else { return XCTFail("not added") }
        let first = try await store.leaseWebhooks([webhook.id], at: at(0), until: at(10)).first?.token ?? 0
        let second = try await store.leaseWebhooks([webhook.id], at: at(10), until: at(20)).first?.token ?? 0
        var progress = WebhookProgress(from: LogPosition(4))
        progress.settled = LogPosition(9)
        progress.ahead = [LogPosition(6), LogPosition(8)]
        progress.retries = [WebhookRetry(position: LogPosition(5), failures: 2, firstFailure: at(1), due: at(30))]
        progress.lastSuccess = at(3)
        progress.lastError = "a \"quoted\" reason, with {braces} and \\"
        let stale = try await store.saveWebhook(save(webhook, token: first, progress, attempts: [attempt(1)]))
        XCTAssertEqual(stale, .lost)
        let attempts = [attempt(1), attempt(2, status: nil, error: "a \"reason\", \\{}")]
        let saved = try await store.saveWebhook(save(webhook, token: second, progress, attempts: attempts))
        XCTAssertEqual(saved, .saved)
        var read = try await store.webhook(webhook.id)
        XCTAssertEqual(read?.progress, progress)
        XCTAssertEqual(read?.state, .failing)
        let stored = try await store.webhookAttempts(of: webhook.id, succeeded: nil, before: nil, limit: 9)
        XCTAssertEqual(stored.map(\.eventID), [attempts[1].eventID, attempts[0].eventID])
        XCTAssertEqual(stored.map(\.error), ["a \"reason\", \\{}", nil])
        XCTAssertEqual(stored.map(\.status), [nil, 200])
        read?.state = .active
        guard let read, let changed = try await store.changeWebhook(read, restartingAfter: nil) else {
            return XCTFail("not changed")
        }
        XCTAssertEqual(changed.progress.retries, [], "a change ends the waits of retries")
        XCTAssertEqual(changed.progress.settled, LogPosition(4), "and what waited is work to be found again")
        XCTAssertEqual(changed.progress.ahead, progress.ahead)
        let outdated = try await store.saveWebhook(save(webhook, token: second, progress))
        XCTAssertEqual(outdated, .changed(changed))
        _ = try await store.changeWebhook(changed, restartingAfter: .start)
        let restarted = try await store.saveWebhook(save(changed, token: second, progress))
        XCTAssertEqual(restarted, .lost)
        let stalled = try await store.stalledWebhooks()
        XCTAssertEqual(stalled, 0)
    }

    @Sendable func test_the_cursors_of_idle_webhooks_advance_and_others_stay() async throws {
        let store = try await makeStore()
        let idle = ProviderID(high: 0, low: 1)
        for number in 0..<6 {
            let booking = aBooking(
                UInt64(number), slot: slot(3600 + number * 60, 3660 + number * 60), at: at(number))
            _ = try await store.write(creation(of: booking))
        }
        for webhook in [
            aWebhook(1, provider: idle), aWebhook(2), aWebhook(3, events: [.cancelled]),
            aWebhook(4, provider: nil, events: [.reminder]), aWebhook(5, provider: nil, events: [.created]),
        ] { _ = try await store.addWebhook(webhook) }
        func advance() async throws -> [Int64] {
            var key: WebhookCursorKey?
            repeat {
                key = try await store.advanceIdleWebhooks(to: LogPosition(5), after: key, limit: 3)
            } while key != nil
            return try await store.webhooks(of: nil, after: nil, limit: 9).map(\.progress.position.number)
        }
        let positions = try await advance()
        XCTAssertEqual(positions, [5, 0, 5, 5, 0], "the second and the last are owed what was created")
    }

    @Sendable func test_attempts_are_listed_from_the_newest_and_trimmed_in_parts() async throws {
        let store = try await makeStore()
        guard let webhook = try await store.addWebhook(aWebhook()) else { return XCTFail("not added") }
        let token = try await store.leaseWebhooks([webhook.id], at: at(0), until: at(10)).first?.token ?? 0
        let attempts = (1...6).map { attempt($0, status: $0 % 2 == 0 ? 200 : 500, error: $0 % 2 == 0 ? nil : "x") }
        _ = try await store.saveWebhook(
            save(webhook, token: token, WebhookProgress(from: .start), attempts: attempts))
        func events(succeeded: Bool? = nil, before: Int64? = nil, limit: Int = 9) async throws -> [UInt64] {
            try await store.webhookAttempts(of: webhook.id, succeeded: succeeded, before: before, limit: limit)
                .map(\.eventID.low)
        }
        let page = try await store.webhookAttempts(of: webhook.id, succeeded: nil, before: nil, limit: 2)
        XCTAssertEqual(page.map(\.eventID.low), [6, 5])
        let next = try await events(before: page.last?.number, limit: 2)
        XCTAssertEqual(next, [4, 3])
        let failed = try await events(succeeded: false)
        XCTAssertEqual(failed, [5, 3, 1])
        let cuts = [
            try await store.trimWebhookAttempts(before: at(5), limit: 3),
            try await store.trimWebhookAttempts(before: at(5), limit: 3),
        ]
        XCTAssertEqual(cuts, [true, false])
        let left = try await events()
        XCTAssertEqual(left, [6, 5])
    }
}
