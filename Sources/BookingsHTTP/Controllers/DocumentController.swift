import Bookings
import HTTPTypes
import NIOCore

/// Serves the API description and the HTML pages, which are resources of this target.
package enum DocumentController {
    /// The OpenAPI 3.1 description, for `/openapi.json` and `BookingsServer openapi`.
    package static let openAPIDocument = minified(PackageResources.openapi_json)

    private static let referencePage = WebPage(
        PackageResources.docs_html, styles: PackageResources.docs_css,
        scripts: [PackageResources.markdown_js, PackageResources.docs_js])
    private static let demoPage = WebPage(
        PackageResources.page_html, styles: PackageResources.page_css,
        scripts: [
            PackageResources.api_js, PackageResources.live_js, PackageResources.calendar_js, PackageResources.drag_js,
            PackageResources.lists_js, PackageResources.webhooks_js, PackageResources.page_js,
        ])

    /// `GET /openapi.json`.
    @Sendable static func openAPI(_ context: RequestContext) -> Response {
        Response(json: openAPIDocument, cacheControl: CacheControl.revalidated)
    }

    /// The page that renders `/openapi.json`.
    @Sendable static func reference(_ context: RequestContext) -> Response {
        referencePage.response(cacheControl: CacheControl.revalidated)
    }

    /// The page for trying out the service during development.
    @Sendable static func demo(_ context: RequestContext) -> Response {
        demoPage.response(cacheControl: CacheControl.none)
    }

    /// The resource is indented for its editors.
    private static func minified(_ json: [UInt8]) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: json.count)
        guard let value = try? JSONValue.parse(json) else { preconditionFailure("openapi.json is not valid JSON.") }
        writer.value(value)
        return writer.bytes
    }
}
