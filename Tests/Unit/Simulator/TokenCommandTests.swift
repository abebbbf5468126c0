import Foundation
import Logging
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsAuth
@testable import SimulationKit
@testable import Simulator

/// Tokens as the command makes them, held against the service's own verifier.
final class TokenCommandTests: XCTestCase {
    private let clock = ManualClock(at(0))
    private let secret = "a secret of at least thirty-two bytes"

    private func fault(
        _ token: String, by keySets: [RemoteKeySet] = [], secret: String?, audience: String? = nil
    ) async -> TokenError? {
        let verifier = JWTVerifier(
            secret: secret.map { Array($0.utf8) }, keySets: keySets, issuer: nil, audience: audience, clock: clock)
        do throws(TokenError) {
            _ = try await verifier.verify(token, leeway: .seconds(30))
            return nil
        } catch {
            return error
        }
    }

    private func flawed(_ flaw: TokenFlaw) -> String {
        FlawedToken.make(flaw: flaw, subject: "a", roles: ["admin"], issuer: Array(secret.utf8), clock: clock)
    }

    func test_each_flaw_is_refused_for_what_it_is() async throws {
        let reasons: [TokenFlaw: String] = [
            .expired: "The token has expired.", .algNone: "The algorithm of the token is not accepted.",
            .badSignature: "The signature of the token is invalid.",
            .wrongAudience: "The token is for another audience.",
            .noSub: "The claim sub must be a string of 1 to 255 characters.",
        ]
        for flaw in TokenFlaw.allCases {
            let audience = flaw == .wrongAudience ? "bookings" : nil
            let fault = await fault(flawed(flaw), secret: secret, audience: audience)
            XCTAssertEqual(fault, .invalid(try XCTUnwrap(reasons[flaw])), flaw.rawValue)
        }
        let unchecked = await fault(flawed(.wrongAudience), secret: secret)
        XCTAssertNil(unchecked, "nothing else is wrong with it")
    }

    func test_a_good_token_tells_its_provider() async throws {
        let provider = aProvider.description
        let command = try TokenCommand.parse(
            ["--sub", "ann", "--roles", "provider", "--provider-id", provider, "--secret", secret, "--ttl", "15m"])
        let token = try command.token(clock: clock)
        let verifier = JWTVerifier(secret: Array(secret.utf8), issuer: nil, audience: nil, clock: clock)
        let principal = try await verifier.verify(token, leeway: .zero)
        XCTAssertEqual(principal.subject, subject("ann"))
        XCTAssertEqual(principal.providerID, aProvider)
        XCTAssertEqual(principal.expiresAt, at(900))
    }

    // MARK: - Published keys

    private func ring(_ file: String) -> RemoteKeySet {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return RemoteKeySet(name: "JWT_JWKS_FILE", clock: clock, logger: logger) {
            Array(try Data(contentsOf: URL(fileURLWithPath: file)))
        }
    }

    private func temporary(_ content: String = "") throws -> String {
        let path = NSTemporaryDirectory() + "token-\(UUID().uuidString)"
        try content.write(toFile: path, atomically: true, encoding: .utf8)
        addTeardownBlock { try? FileManager.default.removeItem(atPath: path) }
        return path
    }

    func test_each_algorithm_opens_a_server_that_reads_the_key_set_with_every_flaw_still_refused() async throws {
        for algorithm in ["RS256", "ES256", "EdDSA"] {
            let file = try temporary()
            for flaw in [nil] + TokenFlaw.allCases.map(Optional.some) {
                var arguments = ["--sub", "a", "--roles", "admin", "--alg", algorithm, "--jwks", file]
                if let flaw { arguments += ["--flaw", flaw.rawValue] }
                let token = try TokenCommand.parse(arguments).token(clock: clock)
                let audience = flaw == .wrongAudience ? "bookings" : nil
                let fault = await fault(token, by: [ring(file)], secret: nil, audience: audience)
                XCTAssertEqual(
                    fault == nil, flaw == nil, "\(algorithm) \(flaw?.rawValue ?? "") \(String(describing: fault))")
            }
        }
    }

    /// Made by `openssl genpkey`, for nothing but this test.
    private static let keys = [
        "EdDSA": """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIB/dtzBDEXjtySvjZdCKtTzWJw5fZHWr+R3RIWVaqc4Q
        -----END PRIVATE KEY-----
        """,
        "ES256": """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgY9LoqbOlihsHBam6
        wQyovjabkDmyso95XnDOW7aVzeShRANCAARKWc9+6ouGsVbWUtNsjWL3YtBZqOoT
        ERETIZQl+6Au6F3rtJQtTpef9EXkmq822gxMkNA8MNE5zRllZeo6ja72
        -----END PRIVATE KEY-----
        """,
    ]

    func test_a_key_from_a_file_is_the_same_key_each_time() async throws {
        for (algorithm, pem) in Self.keys {
            let (key, first, second) = (try temporary(pem), try temporary(), try temporary())
            for file in [first, second] {
                let token = try TokenCommand.parse(
                    ["--sub", "a", "--roles", "admin", "--alg", algorithm, "--key", key, "--jwks", file]
                ).token(clock: clock)
                let fault = await fault(token, by: [ring(first)], secret: nil)
                XCTAssertNil(fault, algorithm)
            }
            XCTAssertEqual(
                try String(contentsOfFile: first, encoding: .utf8), try String(contentsOfFile: second, encoding: .utf8))
            XCTAssertThrowsError(
                try TokenCommand.parse(["--sub", "a", "--roles", "admin", "--alg", "RS256", "--key", key])
                    .token(clock: clock), algorithm)
        }
    }

    func test_what_does_not_go_together_is_refused() {
        for arguments in [
            ["--alg", "HS256", "--jwks", "keys.json"], ["--alg", "RS256"], ["--provider-id", "ann"], ["--flaw", "big"],
            ["--alg", "none"],
        ] {
            XCTAssertThrowsError(try TokenCommand.parse(["--sub", "a", "--roles", "admin"] + arguments))
        }
    }
}
