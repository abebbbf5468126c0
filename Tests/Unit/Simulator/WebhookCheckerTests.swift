import Crypto
import Foundation
import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

/// The checkers of webhooks on histories made by hand. The log has the events e1 and e2 of booking 1 and f1 of booking 2,
/// which belongs to another provider.
final class WebhookCheckerTests: XCTestCase {
    private static let secret = "whsec_" + Data("the secret of the test".utf8).base64EncodedString()

    private func entry(_ event: String, booking: Int, provider: Int, at now: Int) -> History.LogEntry {
        History.LogEntry(
            event: event, name: "booking.created", booking: aBooking(UInt64(booking)).id, provider: aProvider(provider),
            customer: nil, start: at(9000), version: 1, lead: nil, occurredAt: at(now), payload: #"{"id":"\#(event)"}"#)
    }

    private func aProvider(_ number: Int) -> ProviderID { ProviderID(high: UInt64(number), low: 1) }

    private func delivery(
        _ event: String, at now: Int, accepted: Bool = true, answered: Bool = true, sequence: Int? = nil,
        signedWith secret: String? = secret, body: String? = nil, own: Bool = true
    ) -> History.WebhookDelivery {
        let body = body ?? #"{"name":"booking.created","data":{"id":"\#(event)"}}"#
        let timestamp = at(now).milliseconds / 1000
        let key = secret.flatMap { Data(base64Encoded: String($0.dropFirst(6))) } ?? Data("another".utf8)
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("\(event).\(timestamp).\(body)".utf8), using: SymmetricKey(data: key))
        let sequence = sequence ?? now * 10
        return History.WebhookDelivery(
            webhook: "w", isToOwnPath: own, replica: 0, event: event, name: "booking.created", timestamp: timestamp,
            signature: "v1," + Data(code).base64EncodedString(), body: body, receivedAt: at(now), sequence: sequence,
            status: accepted ? (answered ? 200 : nil) : 500, acceptedSequence: accepted ? sequence + 1 : nil)
    }

    /// Returns the violated invariants of webhooks.
    private func violations(
        _ deliveries: [History.WebhookDelivery], isOrdered: Bool = false, of provider: Int? = nil,
        faults: [(from: Int, until: Int)] = [], _ change: (inout History.Webhook) -> Void = { _ in }
    ) -> Set<String> {
        var history = History()
        history.providers = [aProvider(0), aProvider(1)]
        history.log = [
            entry("e1", booking: 1, provider: 0, at: 10), entry("e2", booking: 1, provider: 0, at: 20),
            entry("f1", booking: 2, provider: 1, at: 30),
        ]
        history.endedAt = at(1000)
        var webhook = History.Webhook(
            label: "w", path: "/webhooks/w", provider: provider.map(aProvider), isOrdered: isOrdered, startPosition: 0,
            addedAt: at(0), secrets: [.init(text: Self.secret, from: at(0))])
        webhook.finalState = "active"
        change(&webhook)
        history.webhooks = [webhook]
        history.webhookDeliveries = deliveries.sorted { $0.sequence < $1.sequence }
        history.faultPeriods = faults.map { .init(name: "a fault", from: at($0.from), until: at($0.until)) }
        let checkers: [Checker] = [.webhookGapless, .webhookOrdered, .webhookOnce, .webhookSealed, .webhookSigned]
        return Set(checkers.filter { !$0.check(history).violations.isEmpty }.map(\.name))
    }

    private var all: [History.WebhookDelivery] {
        [delivery("e1", at: 11), delivery("e2", at: 21), delivery("f1", at: 31)]
    }

    func test_every_event_once_in_order_is_accepted() {
        XCTAssertEqual(violations(all), [])
        XCTAssertEqual(violations(all, isOrdered: true), [])
        XCTAssertEqual(violations(Array(all.dropLast()), of: 0), [])
    }

    func test_an_event_that_was_never_accepted_is_reported() {
        XCTAssertEqual(violations(Array(all.dropLast())), ["webhook-gapless"])
        XCTAssertEqual(violations(all.dropLast() + [delivery("f1", at: 31, accepted: false)]), ["webhook-gapless"])
        XCTAssertEqual(violations([]) { $0.deletedAt = at(5) }, [])
        XCTAssertEqual(violations(all.dropLast() + [delivery("f1", at: 31, answered: false)]), [])
        XCTAssertEqual(violations(all) { $0.finalState = "failing" }, ["webhook-gapless"])
        XCTAssertEqual(violations(all) { $0.finalLag = 5 }, ["webhook-gapless"])
    }

    func test_a_replay_repeats_every_event_from_its_instant() {
        let replay: (inout History.Webhook) -> Void = { $0.replays = [.init(sequence: 5000, from: at(15))] }
        let repeated = [delivery("e2", at: 501), delivery("f1", at: 502)]
        XCTAssertEqual(violations(all + repeated, replay), [])
        XCTAssertEqual(violations(all + [repeated[0]], replay), ["webhook-gapless"])
        XCTAssertEqual(violations(all + [delivery("e1", at: 400)] + repeated, replay), ["webhook-once"])
    }

    func test_an_event_ahead_of_an_earlier_one_is_reported() {
        let swapped = [delivery("e2", at: 21), delivery("e1", at: 22), delivery("f1", at: 31)]
        XCTAssertEqual(violations(swapped), ["webhook-ordered"])
        let early = [delivery("f1", at: 10), delivery("e1", at: 11), delivery("e2", at: 21)]
        XCTAssertEqual(violations(early), [])
        XCTAssertEqual(violations(early, isOrdered: true), ["webhook-ordered"])
        let together = [delivery("e1", at: 11, sequence: 1), delivery("e2", at: 11, sequence: 2)] + [all[2]]
        XCTAssertEqual(violations(together), ["webhook-ordered"])
        let refused = [delivery("e1", at: 11, accepted: false), delivery("e2", at: 12), delivery("e1", at: 13), all[2]]
        XCTAssertEqual(violations(refused), ["webhook-ordered"])
    }

    func test_a_copy_needs_a_reason() {
        let copy = delivery("e1", at: 100)
        XCTAssertEqual(violations(all + [copy]), ["webhook-once"])
        XCTAssertEqual(violations(all + [copy], faults: [(10, 12)]), [])
        XCTAssertEqual(violations(all + [copy], faults: [(90, 110)]), ["webhook-once"])
        let lost = [delivery("e1", at: 11, answered: false), all[1], all[2]]
        XCTAssertEqual(violations(lost + [copy]), [])
        XCTAssertEqual(violations(lost + [copy, delivery("e1", at: 110)]), ["webhook-once"])
    }

    func test_foreign_events_and_paths_are_reported() {
        XCTAssertEqual(violations(all, of: 0), ["webhook-sealed"])
        let canary = #"{"name":"booking.created","data":{"id":"\#(Canary.serviceID(provider: 1, customer: 0))"}}"#
        XCTAssertTrue(
            violations([delivery("e1", at: 11, body: canary), all[1]], of: 0).contains("webhook-sealed"))
        XCTAssertEqual(violations(all + [delivery("e1", at: 40, own: false)]), ["webhook-sealed"])
        XCTAssertTrue(violations(all) { $0.deletedAt = at(2) }.contains("webhook-sealed"))
        XCTAssertEqual(violations(all) { $0.deletedAt = at(30) }, [])
    }

    func test_a_wrong_signature_or_body_is_reported() {
        XCTAssertEqual(violations([delivery("e1", at: 11, signedWith: nil), all[1], all[2]]), ["webhook-signed"])
        let changed = delivery("e1", at: 11, body: #"{"name":"booking.created","data":{"id":"other"}}"#)
        XCTAssertEqual(violations([changed, all[1], all[2]]), ["webhook-signed"])
        XCTAssertEqual(violations(all + [delivery("e9", at: 40)]), ["webhook-signed"])
    }

    func test_both_secrets_sign_for_a_day_after_a_rotation() {
        let second = "whsec_" + Data("the next secret".utf8).base64EncodedString()
        let rotate: (inout History.Webhook) -> Void = {
            $0.secrets = [.init(text: Self.secret, from: at(0), replacedAt: at(1)), .init(text: second, from: at(1))]
        }
        // Within the lease of a replica that does not know it yet.
        XCTAssertEqual(violations([all[0], delivery("e2", at: 21)], of: 0, rotate), [])
        let late = [all[0], delivery("e2", at: 100)]
        XCTAssertEqual(violations(late, of: 0, rotate), ["webhook-signed"])
        XCTAssertEqual(
            violations([all[0], delivery("e2", at: 100, signedWith: second)], of: 0, rotate), ["webhook-signed"])
        let after = 40 + 86_400
        XCTAssertEqual(violations([all[0], delivery("e2", at: after, signedWith: second)], of: 0, rotate), [])
        XCTAssertEqual(violations([all[0], delivery("e2", at: after)], of: 0, rotate), ["webhook-signed"])
    }
}
