import HTTPTypes
import Hummingbird
import Logging

/// What Hummingbird keeps for a request. Ours is in `Exchange`.
public struct BookingsRequestContext: Hummingbird.RequestContext {
    public var coreContext: CoreRequestContextStorage

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
    }
}

/// One request on its way through the house.
struct Exchange: Sendable {
    let request: Request
    let requestID: String
    /// The path as it was written, without the query.
    let path: String
    /// The value of the template's parameter; empty where there is none.
    let parameter: String
    /// Headers that every answer to this request carries.
    var headers = HTTPFields()

    /// The one value of a header; a header that stands twice is a fault.
    func header(_ name: HTTPField.Name) throws(Problem) -> String? {
        let values = request.headers[values: name]
        guard values.count <= 1 else {
            throw .validation("/header/\(name.canonicalName)", "The header \(name.canonicalName) must be given once.")
        }
        return values.first
    }

    func origin(of principal: Principal) -> RequestOrigin {
        RequestOrigin(subject: principal.subject, roles: principal.roles.sorted(), requestID: requestID)
    }
}
