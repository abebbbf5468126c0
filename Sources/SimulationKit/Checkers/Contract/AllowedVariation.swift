/// What the contract leaves open, so that the checker `contract` does not compare it. Everything else must be equal.
package enum AllowedVariation: String, CaseIterable {
    case bookingID = "the id of a new booking"
    case instants = "the instants of a change, by as much as the clocks of the replicas may differ"
    case cursors = "the text of cursors; the same event has the same cursor everywhere"
    case detail = "the wording of a problem's detail and errors"
    case asOf = "the instant of a page, by a second"
    case transport = "the headers Date, Connection, Content-Length and Transfer-Encoding"
    case limits = "the headers RateLimit and RateLimit-Policy"
    case storedProblem = "whether a problem that was stored with a key may be cached by its client"
    case retryAfter = "the number of seconds in Retry-After"
}
