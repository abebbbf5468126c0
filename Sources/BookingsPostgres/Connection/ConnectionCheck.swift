import Bookings
import CPostgres
import Dispatch
import Glibc

extension PostgresStore {
    /// Connects once, before a store is opened.
    ///
    /// - Throws: `unavailable` when the server is not up yet, `misconfigured` when waiting would not help.
    package static func verify(url: String) async throws(StoreError) {
        let result: Result<Void, StoreError> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: ConnectionCheck.run(url)) }
        }
        try result.get()
    }
}

/// Opens a connection to find out whether the service can work with the database.
private enum ConnectionCheck {
    static func run(_ url: String) -> Result<Void, StoreError> {
        guard let connection = connectDatabase([("connect_timeout", "5"), ("dbname", url)]) else {
            return .failure(.unavailable("libpq is out of memory"))
        }
        defer { PQfinish(connection) }
        guard PQstatus(connection) == CONNECTION_OK else {
            let reason = PostgresURL.scrub(PostgresHandle.message(PQerrorMessage(connection)), of: url)
            let isFinal = PQconnectionNeedsPassword(connection) == 1 || isFinal(refusalStates(of: url))
            return .failure(isFinal ? .misconfigured(reason) : .unavailable(reason))
        }
        let encoding = PQparameterStatus(connection, "server_encoding").map { String(cString: $0) } ?? "unknown"
        // Clients may send any Unicode character.
        guard encoding == "UTF8" else {
            return .failure(.misconfigured("the database's encoding is \(encoding); it must be UTF8"))
        }
        return .success(())
    }

    /// Whether all servers refuse for a reason that time does not change: wrong credentials (class 28), no such
    /// database (3D000), no right to connect (42501).
    private static func isFinal(_ states: [Substring]) -> Bool {
        !states.isEmpty && states.allSatisfy { $0.hasPrefix("28") || $0.hasPrefix("3D") || $0 == "42501" }
    }

    /// Returns the SQLSTATE of each server's refusal.
    ///
    /// libpq has them only in its message, and only when verbosity is set before it connects: so it connects once more,
    /// step by step (PostgreSQL's manual, `PQconnectPoll`).
    private static func refusalStates(of url: String) -> [Substring] {
        let starting = withCStrings(["dbname"]) { keywords in
            withCStrings([url]) { values in PQconnectStartParams(keywords, values, 1) }
        }
        guard let connection = starting else { return [] }
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
        // The severity before it is in the server's language.
        return message.matches(of: #/: +([0-9][0-9A-Z]{4}): /#).map(\.output.1)
    }
}
