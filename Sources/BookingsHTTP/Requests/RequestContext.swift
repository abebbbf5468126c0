import Bookings
import HTTPTypes
import HummingbirdCore

/// One request with what was decided about it so far.
package struct RequestContext: Sendable {
    package let request: Request
    package let body: GatheredBody
    /// The peer's IP address; nil where there is none.
    package let remoteAddress: String?
    package let requestID: String
    /// The path without the query; escapes of unreserved characters are decoded (RFC 3986, 6.2.2.2).
    package let path: String
    /// The value of the template's parameter; empty where there is none.
    package let parameter: String
    /// Headers that every answer to this request carries.
    package var headers = HTTPFields()

    /// The one value of a header; a header that stands twice is a fault.
    package func header(_ name: HTTPField.Name) throws(Problem) -> String? {
        let values = request.headers[values: name]
        guard values.count <= 1 else {
            throw .validation("/header/\(name.canonicalName)", "The header \(name.canonicalName) must be given once.")
        }
        return values.first
    }

    package func origin(of principal: Principal) -> RequestOrigin {
        RequestOrigin(subject: principal.subject, roles: principal.roles.sorted(), requestID: requestID)
    }
}
