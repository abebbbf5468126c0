import HTTPTypes
import HummingbirdCore

/// Adds the header fields that the steps inside have set for the response, whatever became of the request.
struct ResponseFields: Middleware {
    func respond(to context: inout RequestContext, next: Next) async throws -> Response {
        var response = try await next(&context)
        for field in context.responseFields { response.headers.append(field) }
        return response
    }
}

/// Removes the body of the response to a HEAD request (RFC 9110, section 9.3.2).
struct HeadResponses: Middleware {
    func respond(to context: inout RequestContext, next: Next) async throws -> Response {
        let response = try await next(&context)
        return context.request.method == .head ? response.createHeadResponse() : response
    }
}
