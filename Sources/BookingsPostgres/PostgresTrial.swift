import Bookings
import CPostgres
import Dispatch
import Glibc

extension PostgresStore {
    /// Connects once, before a store is opened: throws `unavailable` when the server is not up yet, and `misconfigured`
    /// when waiting would not help.
    package static func verify(url: String) async throws(StoreError) {
        let result: Result<Void, StoreError> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: PostgresTrial.run(url)) }
        }
        try result.get()
    }
}

/// A connection that is made to see what comes of it.
private enum PostgresTrial {
    static func run(_ url: String) -> Result<Void, StoreError> {
        let connecting = withCStrings(["connect_timeout", "dbname"]) { keywords in
            withCStrings(["5", url]) { values in PQconnectdbParams(keywords, values, 1) }
        }
        guard let connection = connecting else { return .failure(.unavailable("libpq is out of memory")) }
        defer { PQfinish(connection) }
        guard PQstatus(connection) == CONNECTION_OK else {
            let reason = PostgresURL.scrub(PostgresHandle.message(PQerrorMessage(connection)), of: url)
            let isFinal = PQconnectionNeedsPassword(connection) == 1 || isFinal(states(of: url))
            return .failure(isFinal ? .misconfigured(reason) : .unavailable(reason))
        }
        let encoding = PQparameterStatus(connection, "server_encoding").map { String(cString: $0) } ?? "unknown"
        // What a client writes may be any character of Unicode.
        guard encoding == "UTF8" else {
            return .failure(.misconfigured("the database's encoding is \(encoding); it must be UTF8"))
        }
        return .success(())
    }

    /// Whether the server refuses for a reason that time does not change: bad credentials, no such role or database, no
    /// right to connect.
    private static func isFinal(_ states: [Substring]) -> Bool {
        !states.isEmpty && states.allSatisfy { $0.hasPrefix("28") || $0.hasPrefix("3D") || $0 == "42501" }
    }

    /// The SQLSTATEs of a refusal, one for each server that was tried. libpq tells them in its message alone, and only
    /// when it is asked to before the connection is made: so it is made once more, step by step.
    private static func states(of url: String) -> [Substring] {
        let connecting = withCStrings(["dbname"]) { keywords in
            withCStrings([url]) { values in PQconnectStartParams(keywords, values, 1) }
        }
        guard let connection = connecting else { return [] }
        defer { PQfinish(connection) }
        PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
        let deadline = ContinuousClock.now + .seconds(5)
        var next = PGRES_POLLING_WRITING
        while next == PGRES_POLLING_WRITING || next == PGRES_POLLING_READING, ContinuousClock.now < deadline {
            let events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT
            var descriptor = pollfd(fd: PQsocket(connection), events: Int16(events), revents: 0)
            poll(&descriptor, 1, Int32(clamping: (deadline - .now).wholeMilliseconds + 1))
            next = PQconnectPoll(connection)
        }
        let message = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
        // The severity stands before it, in the server's language.
        return message.matches(of: #/: +([0-9][0-9A-Z]{4}): /#).map(\.output.1)
    }
}
