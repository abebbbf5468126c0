import BookingsAuth
import BookingsRuntime

/// A deployed service that a scenario runs against in real time.
package struct RemoteTarget: Sendable {
    let address: Address
    let secret: [UInt8]

    /// - Parameter secret: The secret of the service's tokens; `nil` for `JWT_SECRET` of the environment.
    package init(url: String, secret: String?) throws {
        guard let address = Address(url: url), !address.isSecure else {
            throw SimulatorError.usage("--target must be http://HOST:PORT, not \(url)")
        }
        guard let secret = secret ?? ProcessEnvironment.value("JWT_SECRET"), secret.utf8.count >= 32 else {
            throw SimulatorError.usage("JWT_SECRET or --secret must be the target's secret, of at least 32 bytes")
        }
        self.address = address
        self.secret = Array(secret.utf8)
    }

    /// How long the target may take to answer before a run, in real time.
    private static let probeTimeout = Duration.seconds(2)

    /// Throws `SimulatorError.servicesMissing` when nothing answers there.
    func probe() async throws {
        let web = WebClient(timeout: Self.probeTimeout)
        let answer = await web.send("GET", address.url + "/health/ready", token: nil)
        await web.shutdown()
        guard answer.status == nil else { return }
        throw SimulatorError.servicesMissing("\(address.url) did not answer within \(Self.probeTimeout)")
    }

    /// Issues tokens for `JWT_ISSUER` and `JWT_AUDIENCE` of the environment, where they are set.
    var signer: TokenIssuer {
        TokenIssuer(
            secret: secret, issuer: ProcessEnvironment.value("JWT_ISSUER"),
            audience: ProcessEnvironment.value("JWT_AUDIENCE"), clock: SystemClock())
    }
}
