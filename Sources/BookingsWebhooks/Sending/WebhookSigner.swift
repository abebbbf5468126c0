import Bookings
import Crypto

/// Signs deliveries as the Standard Webhooks specification (1.0.0) describes, with symmetric keys.
package enum WebhookSigner {
    /// Returns the value of `webhook-signature`: one signature for each secret, separated by spaces.
    ///
    /// - Parameters:
    ///   - id: The value of `webhook-id`.
    ///   - timestamp: The value of `webhook-timestamp`, in seconds since 1970.
    ///   - secrets: The bytes of the secrets, the newest first.
    package static func signature(id: String, timestamp: Int64, body: [UInt8], secrets: [[UInt8]]) -> String {
        let signed = Array("\(id).\(timestamp).".utf8) + body
        return secrets.map { secret in
            let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: secret))
            return "v1," + Base64.encode(code)
        }.joined(separator: " ")
    }
}
