import Crypto
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsWebhooks

final class WebhookSignerTests: XCTestCase {
    /// The example of the specification's reference libraries.
    func test_the_signature_is_that_of_the_specifications_example() throws {
        let secret = try XCTUnwrap(Base64URL.decode(paddedOrNot: "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        XCTAssertEqual(
            WebhookSigner.signature(
                id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330,
                body: Array(#"{"test": 2432232314}"#.utf8), secrets: [secret]),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    func test_each_secret_signs() {
        let both = WebhookSigner.signature(id: "1", timestamp: 2, body: [3], secrets: [[4], [5]])
        let single = [[4], [5]].map { WebhookSigner.signature(id: "1", timestamp: 2, body: [3], secrets: [$0]) }
        XCTAssertEqual(both, single.joined(separator: " "))
        XCTAssertNotEqual(single[0], single[1])
    }

    func test_an_encrypted_secret_opens_with_its_key_and_for_its_webhook_only() {
        let secret: [UInt8] = Array(1...32)
        let (webhook, other) = (WebhookID(high: 1, low: 1), WebhookID(high: 1, low: 2))
        let nonce = RandomBits(high: 1, low: 2)
        let cipher = SecretCipher(key: Array("a key of at least thirty-two bytes".utf8))
        let sealed = cipher.seal(secret, of: webhook, nonce: nonce)
        XCTAssertFalse(sealed.dropFirst().starts(with: secret))
        XCTAssertNil(sealed.firstRange(of: secret))
        XCTAssertEqual(cipher.open(sealed, of: webhook), secret)
        XCTAssertNil(cipher.open(sealed, of: other))
        XCTAssertNil(SecretCipher(key: Array("another key of at least thirty-two".utf8)).open(sealed, of: webhook))
        XCTAssertNil(SecretCipher(key: nil).open(sealed, of: webhook))
        let plain = SecretCipher(key: nil).seal(secret, of: webhook, nonce: nonce)
        XCTAssertEqual(cipher.open(plain, of: webhook), secret, "a secret from before the key was set")
        XCTAssertNil(cipher.open([], of: webhook))
        XCTAssertNil(cipher.open([9, 9], of: webhook))
    }

    func test_base64_is_padded() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("\u{3fb}", "z7s=")] {
            XCTAssertEqual(Base64.encode(Array(bytes.utf8)), text)
        }
        XCTAssertEqual(Base64.encode([0xfb, 0xff, 0xfe]), "+//+")
    }
}
