import AsyncHTTPClient
import Bookings
import NIOCore

extension Mutant {
    /// Bugs in the use of published keys.
    static let keys = [keyKept, unknownKeyReads, newKeyRefused]

    static let keyKept = Mutant(
        "key-kept-after-rotation", "a token that was verified once is accepted until it expires", caughtBy: "keys",
        in: .keys,
        .verifier { verifier, _ in
            let verified = Shared<[String: Principal]>([:])
            return KeyVerifier(verifier: verifier) { key, result in
                guard let key else { return }
                if let known = verified.withLock({ $0[key] }) { return result = .success(known) }
                if case .success(let principal) = result { verified.withLock { $0[key] = principal } }
            }
        })

    static let unknownKeyReads = Mutant(
        "unknown-key-reads", "every token of an unknown key lets the key set be read again", caughtBy: "keys",
        in: .keys,
        .verifier { verifier, url in
            KeyVerifier(verifier: verifier) { key, result in
                guard let url, key?.hasPrefix("unknown") ?? false else { return }
                _ = try? await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(3))
            }
        })

    static let newKeyRefused = Mutant(
        "new-key-refused", "only the keys of the first reading are accepted", caughtBy: "keys", in: .keys,
        .verifier { verifier, _ in
            KeyVerifier(verifier: verifier) { key, result in
                guard let key, key != KeyServer.firstKey else { return }
                result = .failure(.invalid("The key of the token is unknown."))
            }
        })
}

/// A verifier whose result depends on the key that a token names.
private struct KeyVerifier: TokenVerifier {
    let verifier: any TokenVerifier
    /// Changes the result for a token of a key; `nil` for a token that names none.
    let change: @Sendable (_ key: String?, _ result: inout Result<Principal, TokenError>) async -> Void

    func verify(_ token: String, leeway: Duration) async throws(TokenError) -> Principal {
        var result: Result<Principal, TokenError>
        do {
            result = .success(try await verifier.verify(token, leeway: leeway))
        } catch {
            result = .failure(error)
        }
        await change(Self.key(of: token), &result)
        return try result.get()
    }

    private static func key(of token: String) -> String? {
        guard let header = token.split(separator: ".").first.flatMap({ Base64URL.decode($0) }) else { return nil }
        return (try? JSONValue.parse(header))?["kid"]?.string
    }
}
