import Bookings
import Crypto
import HTTPTypes
import NIOCore

/// An HTML page as one document, with its styles and scripts in it. Its security policy lets exactly these run, by their
/// hashes, and lets it connect to nothing but this service.
struct WebPage {
    private let document: ByteBuffer
    private let policy: String

    /// - Parameters:
    ///   - template: HTML with the comments `<!-- styles -->` and `<!-- scripts -->` where both belong.
    ///   - scripts: The parts of one script module, in their order.
    init(_ template: [UInt8], styles: [UInt8], scripts: [[UInt8]]) {
        let style = String(decoding: styles, as: UTF8.self)
        let script = scripts.map { String(decoding: $0, as: UTF8.self) }.joined()
        var html = String(decoding: template, as: UTF8.self)
        for (place, element) in [
            ("<!-- styles -->", "<style>\(style)</style>"),
            ("<!-- scripts -->", "<script type=\"module\">\(script)</script>"),
        ] {
            guard let range = html.firstRange(of: place) else { preconditionFailure("The page has no \(place).") }
            html.replaceSubrange(range, with: element)
        }
        document = ByteBuffer(string: html)
        policy =
            "default-src 'none'; style-src \(Self.source(style)); script-src \(Self.source(script)); "
            + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    }

    /// A hash source of the Content Security Policy (level 3, section 2.3.1).
    private static func source(_ text: String) -> String {
        let hash = Base64URL.encode(SHA256.hash(data: Array(text.utf8)))
        return "'sha256-\(String(hash.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }))='"
    }

    func response(cacheControl: String) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/html; charset=utf-8", .cacheControl: cacheControl, .contentSecurityPolicy: policy,
            ],
            body: .bytes(document))
    }
}
