import BookingsAuth
import BookingsRuntime
import FoundationEssentials

/// A deployed service that is run against in real time.
package struct RemoteTarget: Sendable {
    package let address: Address
    package let secret: [UInt8]

    package init(url: String, secret: String?) throws {
        guard let parts = URL(string: url), parts.scheme == "http", let host = parts.host() else {
            throw SimulatorError.usage("--target takes http://HOST:PORT, not \(url)")
        }
        guard let secret = secret ?? ProcessEnvironment.value("JWT_SECRET"), secret.utf8.count >= 32 else {
            throw SimulatorError.usage("JWT_SECRET (or --secret) takes the target's secret of at least 32 bytes.")
        }
        address = Address(host: host, port: parts.port ?? 80)
        self.secret = Array(secret.utf8)
    }

    /// Tokens for `JWT_ISSUER` and `JWT_AUDIENCE` of the environment, where the target checks them.
    var signer: TokenIssuer {
        TokenIssuer(
            secret: secret, issuer: ProcessEnvironment.value("JWT_ISSUER"),
            audience: ProcessEnvironment.value("JWT_AUDIENCE"),
            clock: SystemClock())
    }
}
