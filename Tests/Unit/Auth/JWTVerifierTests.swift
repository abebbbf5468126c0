import Foundation
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsAuth

final class JWTVerifierTests: XCTestCase {
    private struct StoppedClock: WallClock {
        let instant: Timestamp

        func now() -> Timestamp { instant }
        func elapsed() -> Duration { .zero }
        func schedule(at instant: Timestamp, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction {
            Never()
        }
        func schedule(after delay: Duration, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction {
            Never()
        }

        private struct Never: ScheduledAction {
            func cancel() {}
        }
    }

    private let secret = Array("a secret of at least thirty-two bytes".utf8)

    private func result(
        _ claims: String, header: String = #"{"alg":"HS256"}"#, audience: String? = nil, secret other: String? = nil
    ) async -> Result<Principal, TokenError> {
        let clock = StoppedClock(instant: Timestamp(milliseconds: 1_000_000_000))
        let verifier = JWTVerifier(secret: secret, issuer: nil, audience: audience, clock: clock)
        let issuer = TokenIssuer(
            secret: other.map { Array($0.utf8) } ?? secret, issuer: nil, audience: nil, clock: clock)
        let token = issuer.sign(claims: Array(claims.utf8), header: header)
        do throws(TokenError) {
            return .success(try await verifier.verify(token, leeway: .seconds(30)))
        } catch {
            return .failure(error)
        }
    }

    func test_a_valid_token_gives_its_principal() async throws {
        let principal = try await result(
            #"{"sub":"11111111-1111-4111-8111-111111111111","roles":["provider","x"],"exp":1000000.5}"#
        ).get()
        XCTAssertEqual(principal.roles, [.provider])
        XCTAssertEqual(principal.providerID, aProvider)
        XCTAssertEqual(principal.expiresAt, Timestamp(milliseconds: 1_000_000_500))
    }

    func test_invalid_tokens_are_refused() async {
        let claims = [
            #"{"sub":"a","roles":["admin"]}"#, #"{"sub":"a","roles":["admin"],"exp":"1000000"}"#,
            #"{"sub":"a","roles":["admin"],"exp":999970}"#, #"{"sub":"a","roles":["admin"],"exp":1e300}"#,
            #"{"sub":"","roles":["admin"],"exp":2000000}"#, #"{"roles":["admin"],"exp":2000000}"#,
            #"{"sub":1,"roles":["admin"],"exp":2000000}"#, #"{"sub":"a","roles":"admin","exp":2000000}"#,
            #"{"sub":"a","roles":[1],"exp":2000000}"#, #"{"sub":"a","exp":2000000}"#,
            #"{"sub":"a","roles":["admin"],"exp":2000000,"nbf":1000031}"#,
            #"{"sub":"a","roles":["admin"],"exp":2000000,"provider_id":"x"}"#,
            #"{"sub":"a","sub":"b","roles":["admin"],"exp":2000000}"#, "[]", "x",
            #"{"sub":"a","roles":["admin"],"exp":2000000,"x":{"y":1,"y":2}}"#,
        ]
        for invalid in claims {
            guard case .failure(.invalid) = await result(invalid) else { return XCTFail(invalid) }
        }
        let valid = #"{"sub":"a","roles":["admin"],"exp":999971,"nbf":1000030}"#
        guard case .success = await result(valid) else { return XCTFail("The leeway is 30 seconds.") }
        for header in [
            #"{"alg":"HS256","alg":"none"}"#, #"{"alg":"none","alg":"HS256"}"#, #"{"alg":"HS256","x":1,"x":1}"#, "[]",
            #"{"alg":"none"}"#, #"{"alg":"HS512"}"#, #"{"alg":"RS256"}"#, #"{}"#, #"{"alg":"HS256","crit":["x"]}"#,
        ] {
            guard case .failure(.invalid) = await result(valid, header: header) else { return XCTFail(header) }
        }
        guard case .failure(.invalid) = await result(valid, secret: "another secret, long enough for anyone") else {
            return XCTFail("signature")
        }
        guard case .failure(.invalid) = await result(valid, audience: "us") else { return XCTFail("audience") }
    }

    func test_a_token_without_a_known_role_is_forbidden() async {
        let result = await result(#"{"sub":"a","roles":["guest"],"exp":2000000}"#)
        XCTAssertEqual(result, .failure(.noRoles(Subject("a")!)))
    }

    func test_a_verified_token_is_remembered_by_its_bytes() async throws {
        let clock = StoppedClock(instant: Timestamp(milliseconds: 1_000_000_000))
        let verifier = JWTVerifier(secret: secret, issuer: nil, audience: nil, clock: clock)
        let issuer = TokenIssuer(secret: secret, issuer: nil, audience: nil, clock: clock)
        // With some header the token has a K, which U+212A equals as a string.
        var (valid, number) = ("", 0)
        while !valid.contains("K") {
            number += 1
            valid = issuer.sign(
                claims: Array(#"{"sub":"a","roles":["admin"],"exp":2000000}"#.utf8),
                header: #"{"alg":"HS256","n":\#(number)}"#)
        }
        let other = valid.replacingOccurrences(of: "K", with: "\u{212a}")
        XCTAssertEqual(valid, other, "The tokens must be equal as strings.")
        _ = try await verifier.verify(valid, leeway: .zero)
        do throws(TokenError) {
            _ = try await verifier.verify(other, leeway: .zero)
            XCTFail("The token was accepted.")
        } catch {
            XCTAssertEqual(error, .invalid("The token is not a JSON Web Token."))
        }
    }

    func test_an_issuer_and_an_audience_are_compared_by_bytes() async throws {
        let clock = StoppedClock(instant: Timestamp(milliseconds: 1_000_000_000))
        let verifier = JWTVerifier(secret: secret, issuer: "caf\u{e9}", audience: nil, clock: clock)
        for (name, isExpected) in [("caf\u{e9}", true), ("cafe\u{301}", false)] {
            let issuer = TokenIssuer(secret: secret, issuer: name, audience: nil, clock: clock)
            let token = issuer.token(subject: subject("a"), roles: ["admin"], lifetime: .seconds(60))
            let isAccepted = (try? await verifier.verify(token, leeway: .zero)) != nil
            XCTAssertEqual(isAccepted, isExpected)
        }
    }
}
