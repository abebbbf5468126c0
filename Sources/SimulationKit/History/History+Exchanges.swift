import Bookings

extension History {
    /// A header field, with its name in lower case.
    package struct HeaderField: Codable, Hashable, Sendable {
        /// The name, in lower case.
        package let name: String
        /// The value as it was sent.
        package let value: String

        /// Creates a field; the name is lowered.
        package init(_ name: String, _ value: String) {
            self.name = name.lowercased()
            self.value = value
        }
    }

    /// A request over HTTP and the whole answer to it, also of those requests of which no call is recorded: the pages of
    /// walks and the reads after the run.
    package struct Exchange: Codable, Sendable {
        /// The request id that was sent; `nil` when none was.
        package let request: String?
        /// The client; `nil` for a request without a token.
        package let caller: Caller?
        /// The index of the replica that received it.
        package let replica: Int
        /// The method, in upper case.
        package let method: String
        /// The path with its query.
        package let target: String
        /// The headers of the request besides its id and token.
        package let requestHeaders: [HeaderField]
        /// The sequence number of the sending, the same as that of the call.
        package let sent: Int
        /// The sequence number of the answer.
        package let answered: Int
        /// The virtual time of the sending.
        package let at: Timestamp
        /// The virtual time of the answer.
        package let answeredAt: Timestamp
        /// The status of the answer; `nil` when none came.
        package let status: Int?
        /// The headers of the answer.
        package let headers: [HeaderField]
        /// The body of the answer.
        package let body: String
    }
}

extension History.Exchange {
    /// The path without its query.
    var path: String { String(target.prefix { $0 != "?" }) }

    /// Whether the answer has a 2xx status.
    var isSuccess: Bool { status.map { (200..<300).contains($0) } ?? false }

    /// Returns the value of the answer's first header of this name, in lower case.
    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// Returns the value of the request's first header of this name, in lower case.
    func requestHeader(_ name: String) -> String? { requestHeaders.first { $0.name == name }?.value }

    /// The body as JSON; `nil` when it is not JSON.
    var json: JSONValue? { try? JSONValue.parse(body.utf8) }
}
