import Bookings
import HTTPTypes
import NIOCore

/// Serves the API description and the HTML pages, which are resources of this target.
package enum DocumentController {
    /// The OpenAPI 3.1 description, for `/openapi.json` and `BookingsServer openapi`.
    package static let openAPIDocument = minified(PackageResources.openapi_json)

    private static let referencePage = ByteBuffer(bytes: PackageResources.docs_html)
    private static let demoPage = ByteBuffer(bytes: PackageResources.demo_html)

    /// `GET /openapi.json`.
    @Sendable static func openAPI(_ context: RequestContext) -> Response {
        Response(json: openAPIDocument, cacheControl: CacheControl.revalidated)
    }

    /// The page that renders `/openapi.json`.
    @Sendable static func reference(_ context: RequestContext) -> Response {
        page(referencePage, connectingTo: "'self'", cacheControl: CacheControl.revalidated)
    }

    /// The page for trying out the service during development.
    @Sendable static func demo(_ context: RequestContext) -> Response {
        page(demoPage, connectingTo: "'self' ws: wss:", cacheControl: CacheControl.none)
    }

    /// The pages contain their styles and scripts, and load nothing from other origins.
    private static func page(_ html: ByteBuffer, connectingTo sources: String, cacheControl: String) -> Response {
        let policy =
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src \(sources); "
            + "frame-ancestors 'none'"
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/html; charset=utf-8", .cacheControl: cacheControl, .contentSecurityPolicy: policy,
            ],
            body: .bytes(html))
    }

    /// The resource is indented for its editors.
    private static func minified(_ json: [UInt8]) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: json.count)
        guard let value = try? JSONValue.parse(json) else { preconditionFailure("openapi.json is not valid JSON.") }
        writer.value(value)
        return writer.bytes
    }
}
