import Crypto
import CryptoExtras
import Logging
import Synchronization
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsAuth

/// Which tokens published keys verify, and for how long.
final class RemoteKeySetTests: XCTestCase {
    /// A source of a key set, which can fail or be held up.
    private final class Publisher: Sendable {
        struct Outage: Error {}

        private struct State {
            var document: String?
            var readings = 0
            var isHeld = false
            var held: [CheckedContinuation<Void, Never>] = []
        }

        private let state = Mutex(State())

        /// Lets readings begin, but not end before `release`.
        func hold() { state.withLock { $0.isHeld = true } }

        func release() {
            let held = state.withLock { state in
                defer { (state.isHeld, state.held) = (false, []) }
                return state.held
            }
            for reading in held { reading.resume() }
        }

        func publish(_ keys: String...) {
            state.withLock { $0.document = #"{"keys":[\#(keys.joined(separator: ","))]}"# }
        }

        /// Puts `prefix` before the document.
        func precede(with prefix: String) { state.withLock { $0.document = prefix + ($0.document ?? "") } }

        func fail() { state.withLock { $0.document = nil } }
        var readings: Int { state.withLock(\.readings) }

        @Sendable func read() async throws -> [UInt8] {
            await withCheckedContinuation { continuation in
                let isHeld = state.withLock { state in
                    state.readings += 1
                    if state.isHeld { state.held.append(continuation) }
                    return state.isHeld
                }
                if !isHeld { continuation.resume() }
            }
            return try state.withLock { state in
                guard let document = state.document else { throw Outage() }
                return Array(document.utf8)
            }
        }
    }

    private let publisher = Publisher()
    private let clock = ManualClock(Timestamp(milliseconds: 1_900_000_000_000))
    private let secret = Array("a secret of at least thirty-two bytes".utf8)
    private let rsa = try! _RSA.Signing.PrivateKey(keySize: .bits2048)
    private let p256 = P256.Signing.PrivateKey()
    private let ed25519 = Curve25519.Signing.PrivateKey()
    private let log = RecordedLog()
    private lazy var keySet = RemoteKeySet(
        name: "JWT_JWKS_URL", clock: clock, logger: log.logger, source: publisher.read)
    private lazy var verifier = makeVerifier(secret: secret)

    private func makeVerifier(secret: [UInt8]?) -> JWTVerifier {
        JWTVerifier(secret: secret, keySets: [keySet], issuer: nil, audience: nil, clock: clock)
    }

    // MARK: - Keys and tokens

    private func rsaKey(_ id: String, more: String = "") throws -> String {
        let primitives = try rsa.publicKey.getKeyPrimitives()
        return #"{"kty":"RSA","kid":"\#(id)","n":"\#(Self.base64URL(primitives.modulus))","#
            + #""e":"\#(Self.base64URL(primitives.publicExponent))"\#(more)}"#
    }

    private func p256Key(_ id: String) -> String {
        let point = p256.publicKey.rawRepresentation
        return #"{"kty":"EC","crv":"P-256","kid":"\#(id)","use":"sig","alg":"ES256","#
            + #""x":"\#(Self.base64URL(point.prefix(32)))","y":"\#(Self.base64URL(point.suffix(32)))"}"#
    }

    private func ed25519Key(_ id: String) -> String {
        #"{"kty":"OKP","crv":"Ed25519","kid":"\#(id)","x":"\#(Self.base64URL(ed25519.publicKey.rawRepresentation))"}"#
    }

    private static func base64URL(_ bytes: some Sequence<UInt8>) -> String { Base64URL.encode(bytes) }

    private func token(_ header: String, sign: ([UInt8]) throws -> [UInt8]) rethrows -> String {
        let claims = #"{"sub":"a","roles":["admin"],"exp":2900000000}"#
        let signed = Self.base64URL(header.utf8) + "." + Self.base64URL(claims.utf8)
        return signed + "." + Self.base64URL(try sign(Array(signed.utf8)))
    }

    private func rsaToken(_ id: String) throws -> String {
        try token(#"{"alg":"RS256","kid":"\#(id)"}"#) {
            Array(try rsa.signature(for: $0, padding: .insecurePKCS1v1_5).rawRepresentation)
        }
    }

    private func p256Token(_ header: String) throws -> String {
        try token(header) { Array(try p256.signature(for: $0).rawRepresentation) }
    }

    private func ed25519Token(_ id: String) throws -> String {
        try token(#"{"alg":"EdDSA","kid":"\#(id)"}"#) { Array(try ed25519.signature(for: $0)) }
    }

    private func error(of token: String) async -> TokenError? {
        do throws(TokenError) {
            _ = try await verifier.verify(token, leeway: .zero)
            return nil
        } catch {
            return error
        }
    }

    private func assertAccepted(_ token: String, line: UInt = #line) async {
        let error = await self.error(of: token)
        XCTAssertNil(error, line: line)
    }

    private func assertRefused(_ token: String, line: UInt = #line) async {
        guard case .invalid = await error(of: token) else { return XCTFail("The token was accepted.", line: line) }
    }

    // MARK: - Keys of tokens

    func test_each_algorithm_is_verified_by_its_own_key_beside_the_secret() async throws {
        publisher.publish(try rsaKey("r"), p256Key("p"), ed25519Key("e"))
        await assertAccepted(try rsaToken("r"))
        await assertAccepted(try p256Token(#"{"alg":"ES256","kid":"p"}"#))
        await assertAccepted(try p256Token(#"{"alg":"ES256"}"#))
        await assertAccepted(try ed25519Token("e"))
        let issuer = TokenIssuer(secret: secret, issuer: nil, audience: nil, clock: clock)
        await assertAccepted(issuer.token(subject: subject("a"), roles: ["admin"], lifetime: .seconds(60)))
        XCTAssertEqual(publisher.readings, 1)
    }

    func test_a_token_chooses_neither_its_algorithm_nor_its_key() async throws {
        publisher.publish(try rsaKey("r"), p256Key("p"), #"{"kty":"oct","kid":"o","k":"\#(Self.base64URL(secret))"}"#)
        verifier = makeVerifier(secret: nil)
        let modulus = try Array(rsa.publicKey.getKeyPrimitives().modulus)
        for key in [
            modulus, Array(rsa.publicKey.pemRepresentation.utf8), Array(rsa.publicKey.derRepresentation), secret,
        ] {
            for header in [#"{"alg":"HS256","kid":"r"}"#, #"{"alg":"HS256","kid":"o"}"#] {
                await assertRefused(
                    token(header) { Array(HMAC<SHA256>.authenticationCode(for: $0, using: SymmetricKey(data: key))) })
            }
        }
        await assertRefused(token(#"{"alg":"none","kid":"r"}"#) { _ in [] })
        await assertRefused(try p256Token(#"{"alg":"RS256","kid":"p"}"#))
        await assertRefused(try p256Token(#"{"alg":"ES256","kid":"r"}"#))
        await assertRefused(try p256Token(#"{"alg":"ES256","kid":"p","crit":["b64"],"b64":true}"#))
        await assertRefused(try p256Token(#"{"alg":"ES256","kid":1}"#))
        let foreign = P256.Signing.PrivateKey()
        let point = foreign.publicKey.rawRepresentation
        let jwk =
            #"{"kty":"EC","crv":"P-256","x":"\#(Self.base64URL(point.prefix(32)))","y":"\#(Self.base64URL(point.suffix(32)))"}"#
        for header in [
            #"{"alg":"ES256","jwk":\#(jwk)}"#, #"{"alg":"ES256","jku":"http://127.0.0.1:1/keys"}"#,
            #"{"alg":"ES256","x5u":"http://127.0.0.1:1/keys"}"#,
        ] {
            await assertRefused(try token(header) { Array(try foreign.signature(for: $0).rawRepresentation) })
        }
    }

    func test_keys_that_are_not_for_signatures_of_their_algorithm_are_not_used() async throws {
        publisher.publish(
            try rsaKey("enc", more: #","use":"enc""#), try rsaKey("pss", more: #","alg":"PS256""#),
            #"{"kty":"RSA","kid":"short","n":"AQAB","e":"AQAB"}"#, #"{"kty":"EC"}"#, "[]", p256Key("p"))
        for id in ["enc", "pss", "short"] { await assertRefused(try rsaToken(id)) }
        await assertAccepted(try p256Token(#"{"alg":"ES256","kid":"p"}"#))
        let lines = log.recorded.filter { $0.contains("are not used") }
        XCTAssertEqual(lines.count, 1, "\(lines)")
        for reason in ["key 1: use is not sig", "key 2: alg is not RS256", "key 3: ", "key 4: ", "key 5: "] {
            XCTAssertTrue(lines.first?.contains(reason) ?? false, reason)
        }
    }

    func test_key_ops_are_honoured_and_padding_and_a_byte_order_mark_are_tolerated() async throws {
        let (x, y) = (p256.publicKey.rawRepresentation.prefix(32), p256.publicKey.rawRepresentation.suffix(32))
        func key(_ id: String, _ more: String) -> String {
            #"{"kty":"EC","crv":"P-256","kid":"\#(id)","x":"\#(Self.base64URL(x))=","y":"\#(Self.base64URL(y))="\#(more)}"#
        }
        publisher.publish(
            key("good", #","key_ops":["sign","verify"]"#), key("sign", #","key_ops":["sign"]"#),
            key("none", #","key_ops":[]"#), key("text", #","key_ops":"verify""#), key("twice", #","kid":"other""#))
        publisher.precede(with: "\u{feff}")
        await assertAccepted(try p256Token(#"{"alg":"ES256","kid":"good"}"#))
        clock.advance(by: .seconds(11))
        for id in ["sign", "none", "text", "twice"] {
            await assertRefused(try p256Token(#"{"alg":"ES256","kid":"\#(id)"}"#))
        }
    }

    func test_key_ids_are_compared_by_bytes() async throws {
        publisher.publish(p256Key("K"))
        await assertAccepted(try p256Token(#"{"alg":"ES256","kid":"K"}"#))
        await assertRefused(try p256Token("{\"alg\":\"ES256\",\"kid\":\"\u{212a}\"}"))
    }

    // MARK: - Refresh

    func test_the_set_is_read_for_an_unknown_key_once_in_ten_seconds() async throws {
        publisher.publish(try rsaKey("r"))
        await assertAccepted(try rsaToken("r"))
        clock.advance(by: .seconds(11))
        for id in ["x", "y", "z"] { await assertRefused(try ed25519Token(id)) }
        XCTAssertEqual(publisher.readings, 2)
        publisher.publish(try rsaKey("r"), ed25519Key("new"))
        clock.advance(by: .seconds(11))
        await assertAccepted(try ed25519Token("new"))
        XCTAssertEqual(publisher.readings, 3)
    }

    func test_a_removed_key_verifies_nothing_after_ten_minutes_not_even_a_remembered_token() async throws {
        publisher.publish(try rsaKey("r"), p256Key("p"))
        let (gone, kept) = (try rsaToken("r"), try p256Token(#"{"alg":"ES256","kid":"p"}"#))
        await assertAccepted(gone)
        publisher.publish(p256Key("p"))
        clock.advance(by: .seconds(599))
        await assertAccepted(gone)
        XCTAssertEqual(publisher.readings, 1)
        clock.advance(by: .seconds(1))
        let isRefused = await eventually { await self.error(of: gone) != nil }
        XCTAssertTrue(isRefused)
        await assertRefused(gone)
        await assertAccepted(kept)
    }

    func test_the_old_keys_stay_in_use_while_readings_fail() async throws {
        publisher.publish(try rsaKey("r"))
        await assertAccepted(try rsaToken("r"))
        publisher.fail()
        for number in 2...11 {
            clock.advance(by: .seconds(3600))
            let token = try rsaToken("r")
            await assertAccepted(token)
            let wasRead = await eventually {
                await self.assertAccepted(token)
                return self.publisher.readings == number
            }
            XCTAssertTrue(wasRead)
        }
    }

    func test_keys_are_unavailable_until_a_first_set_was_read() async throws {
        let unknown = await error(of: try rsaToken("r"))
        XCTAssertEqual(unknown, .keysUnavailable)
        publisher.publish(try rsaKey("r"))
        let tooSoon = await error(of: try rsaToken("r"))
        XCTAssertEqual(tooSoon, .keysUnavailable)
        clock.advance(by: .seconds(10))
        await assertAccepted(try rsaToken("r"))
    }

    func test_only_a_token_of_an_unknown_key_waits_for_a_reading() async throws {
        publisher.publish(try rsaKey("r"))
        let (known, unknown) = (try rsaToken("r"), try p256Token(#"{"alg":"ES256","kid":"p"}"#))
        await assertAccepted(known)
        publisher.hold()
        clock.advance(by: .seconds(600))
        let issuer = TokenIssuer(secret: secret, issuer: nil, audience: nil, clock: clock)
        for _ in 0..<3 {
            await assertAccepted(known)
            await assertAccepted(issuer.token(subject: subject("a"), roles: ["admin"], lifetime: .seconds(60)))
        }
        // A token that comes while the first reading still ends starts none, so tokens must go on.
        let isReading = await eventually {
            await self.assertAccepted(known)
            return self.publisher.readings == 2
        }
        XCTAssertTrue(isReading)
        publisher.publish(try rsaKey("r"), p256Key("p"))
        let verifier = verifier
        async let waiting = verifier.verify(unknown, leeway: .zero)
        await assertAccepted(known)
        publisher.release()
        _ = try await waiting
        XCTAssertEqual(publisher.readings, 2)
    }

    func test_a_token_of_the_secret_never_waits_for_a_key_set() async throws {
        publisher.hold()
        let issuer = TokenIssuer(secret: secret, issuer: nil, audience: nil, clock: clock)
        await assertAccepted(issuer.token(subject: subject("a"), roles: ["admin"], lifetime: .seconds(60)))
        publisher.release()
    }

    func test_a_failed_reading_is_logged_without_the_message_of_the_error() async throws {
        struct Talkative: Error, CustomStringConvertible { let description = "https://user:hush@keys.example" }
        let keySet = RemoteKeySet(name: "JWT_JWKS_URL", clock: clock, logger: log.logger) { throw Talkative() }
        _ = await keySet.keys(algorithm: "RS256", id: nil)
        XCTAssertEqual(log.recorded.count, 1)
        XCTAssertFalse(log.recorded.joined().contains("hush"), "\(log.recorded)")
    }

    func test_concurrent_tokens_share_one_reading() async throws {
        publisher.publish(try rsaKey("r"))
        let (token, verifier) = (try rsaToken("r"), verifier)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask { (try? await verifier.verify(token, leeway: .zero)) != nil }
            }
            for await isAccepted in group { XCTAssertTrue(isAccepted) }
        }
        XCTAssertEqual(publisher.readings, 1)
    }
}
