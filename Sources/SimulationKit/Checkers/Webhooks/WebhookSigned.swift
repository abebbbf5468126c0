import Bookings
import Crypto
import FoundationEssentials

extension Checker {
    /// Verifies as a receiver does that follows the specification Standard Webhooks, with every secret that its owner was
    /// shown, and compares the body with the log.
    static let webhookSigned = Checker(
        "webhook-signed",
        "Every delivery is signed with the webhook's secrets that are valid and no others, and its body is the log's event."
    ) { history in
        let log = Dictionary(history.log.map { ($0.event, $0) }, uniquingKeysWith: { first, _ in first })
        return WebhookEvidence.all(in: history).flatMap { evidence in
            evidence.deliveries.compactMap { delivery in
                guard let problem = signatureProblem(delivery, evidence.webhook) ?? bodyProblem(delivery, log) else {
                    return nil
                }
                return Anomaly("\(delivery.event) to \(evidence.webhook.label) \(problem)", at: delivery.receivedAt)
            }
        }
    }
}

private enum SignatureTimes {
    /// How far the timestamp may be from the arrival, as verifiers accept it.
    static let tolerance = Duration.seconds(300)
    /// How long a secret signs after it was replaced.
    static let lifetime = Duration.seconds(86_400)
}

private func signatureProblem(_ delivery: History.WebhookDelivery, _ webhook: History.Webhook) -> String? {
    guard let timestamp = delivery.timestamp else { return "has no timestamp" }
    let sent = Timestamp(milliseconds: timestamp * 1000)
    guard abs(sent.duration(to: delivery.receivedAt).inSeconds) <= SignatureTimes.tolerance.inSeconds else {
        return "has the timestamp \(RFC3339.string(sent))"
    }
    let signatures = Set(delivery.signature.split(separator: " ").map(String.init))
    let signed = webhook.secrets.filter { signatures.contains(signature(delivery, timestamp, $0.text)) }
    guard signatures.count == signed.count else { return "has a signature of no secret that was ever shown" }
    // A replica that works on the webhook learns of a rotation within its lease.
    let earliest = max(webhook.addedAt, delivery.receivedAt - WebhookEvidence.leaseDuration)
    let isAsKnown = [delivery.receivedAt, earliest].contains { signed == validSecrets(of: webhook, at: $0) }
    return isAsKnown && !signed.isEmpty ? nil : "is signed with \(signed.count) secrets, not with those that are valid"
}

/// The newest secret and, for a day, the one that it replaced. A second rotation ends the oldest at once.
private func validSecrets(of webhook: History.Webhook, at instant: Timestamp) -> [History.Webhook.Secret] {
    let known = webhook.secrets.prefix { $0.from <= instant }
    return known.suffix(2).enumerated().filter { index, secret in
        guard index + 1 < known.suffix(2).count, let replacedAt = secret.replacedAt else { return true }
        return instant <= replacedAt + SignatureTimes.lifetime
    }.map(\.element)
}

private func signature(_ delivery: History.WebhookDelivery, _ timestamp: Int64, _ secret: String) -> String {
    let key = Data(base64Encoded: String(secret.dropFirst("whsec_".count))) ?? Data()
    let content = "\(delivery.event).\(timestamp).\(delivery.body)"
    let code = HMAC<SHA256>.authenticationCode(for: Data(content.utf8), using: SymmetricKey(data: key))
    return "v1," + Data(code).base64EncodedString()
}

private func bodyProblem(_ delivery: History.WebhookDelivery, _ log: [String: History.LogEntry]) -> String? {
    guard delivery.isEvent else { return delivery.name == "resync" ? nil : "has no name of an event" }
    guard let entry = log[delivery.event] else { return "is not in the log" }
    let data = (try? JSONValue.parse(delivery.body.utf8))?["data"]?.text
    guard delivery.name == entry.name, entry.payload == nil || data == entry.payload else {
        return "has another body than the log"
    }
    return nil
}
