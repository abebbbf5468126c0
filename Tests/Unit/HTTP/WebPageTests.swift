import Crypto
import Foundation
import XCTest

@testable import Bookings
@testable import BookingsHTTP

/// The HTML pages and their security policy.
final class WebPageTests: XCTestCase {
    private func page(_ path: String) async throws -> (text: String, policy: String) {
        let response = try await TestApp.open().send(.get, path)
        XCTAssertEqual(response.status, 200)
        return (response.text, try XCTUnwrap(response.headers[.contentSecurityPolicy]))
    }

    private func hash(of element: String, in page: String) throws -> String {
        let start = try XCTUnwrap(page.range(of: "<\(element)>"), element).upperBound
        let name = element.prefix { $0 != " " }
        let end = try XCTUnwrap(page.range(of: "</\(name)>", range: start..<page.endIndex), element).lowerBound
        return Data(SHA256.hash(data: Data(page[start..<end].utf8))).base64EncodedString()
    }

    func test_a_page_lets_only_its_own_styles_and_scripts_run() async throws {
        for path in ["/", "/docs"] {
            let (text, policy) = try await page(path)
            let (style, script) = try (hash(of: "style", in: text), hash(of: "script type=\"module\"", in: text))
            XCTAssertEqual(
                policy,
                "default-src 'none'; style-src 'sha256-\(style)'; script-src 'sha256-\(script)'; connect-src 'self'; "
                    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'", path)
            XCTAssertEqual(text.components(separatedBy: "<script").count, 2, path)
            for outside in ["http://", "https://", "src=", " style=", " onclick=", "innerHTML"] {
                XCTAssertFalse(text.contains(outside), "\(path) has \(outside)")
            }
        }
    }

    func test_every_input_of_a_page_has_a_name_for_screen_readers() async throws {
        for path in ["/", "/docs"] {
            let text = try await page(path).text
            for line in text.split(separator: "\n") where line.contains("<input") || line.contains("<select") {
                XCTAssertTrue(line.contains("<label>") || line.contains("aria-label="), "\(path): \(line)")
            }
        }
    }
}
