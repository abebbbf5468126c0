import Crypto
import FoundationEssentials

// The description of the control API, and the page.

extension ControlAPI {
    static let documentRoutes = [
        ControlRoute("GET", "/openapi.json") { _, _ in
            ControlServer.Answer(body: PackageResources.control_openapi_json)
        },
        ControlRoute("GET", "/") { _, _ in
            ControlServer.Answer(
                contentType: "text/html; charset=utf-8",
                headers: [("Content-Security-Policy", pagePolicy), ("X-Content-Type-Options", "nosniff")],
                body: PackageResources.control_html)
        },
    ]

    /// Lets the page run its own script and style, and nothing else, and speak to the control API alone
    /// (Content Security Policy Level 3).
    private static let pagePolicy: String = {
        let page = String(decoding: PackageResources.control_html, as: UTF8.self)
        return "default-src 'none'; script-src '\(hash(of: "script", in: page))'; "
            + "style-src '\(hash(of: "style", in: page))'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
            + "frame-ancestors 'none'"
    }()

    /// The hash of an inline element's text, as a policy names it.
    private static func hash(of element: String, in page: String) -> String {
        guard let start = page.firstRange(of: "<\(element)>")?.upperBound,
            let end = page[start...].firstRange(of: "</\(element)>")?.lowerBound
        else { preconditionFailure("The page has a \(element).") }
        return "sha256-" + Data(SHA256.hash(data: Array(page[start..<end].utf8))).base64EncodedString()
    }
}
