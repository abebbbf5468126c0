import Bookings
import BookingsHTTP
import Logging

/// The variables that have a syntax of their own. Each function returns the default for an unset variable, and adds an
/// error for an invalid one.
extension VariableReader {
    /// Reads `DATABASE_URL`; `nil` means that the default counts.
    mutating func database() -> DatabaseSetting? {
        guard let url = string("DATABASE_URL") else { return nil }
        if url == "sqlite::memory:" { return .sqliteMemory }
        if url.hasPrefix("sqlite:") {
            let path = String(url.dropFirst(7))
            if isFilePath(path) { return .sqlite(path: path) }
            addError(
                "DATABASE_URL",
                mustBe: "sqlite:PATH with the path of a file, such as sqlite:./data/bookings.sqlite or "
                    + "sqlite:/var/lib/bookings/bookings.sqlite, without // and without parameters; or sqlite::memory:")
            return nil
        }
        if url.hasPrefix("postgresql://") || url.hasPrefix("postgres://") { return .postgres(url: url) }
        addError("DATABASE_URL", mustBe: "postgresql://…, sqlite:PATH or sqlite::memory:")
        return nil
    }

    /// Returns false also for what SQLite or other libraries treat specially, so that no file is named `memory:` or
    /// `//host/name` by mistake.
    private func isFilePath(_ path: String) -> Bool {
        guard let first = path.utf8.first, let last = path.utf8.last else { return false }
        return first != UInt8(ascii: ":") && last != UInt8(ascii: "/") && !path.utf8.starts(with: "//".utf8)
            && !path.utf8.starts(with: "file:".utf8) && !path.utf8.contains(UInt8(ascii: "?"))
            && !path.unicodeScalars.contains(where: \.isControl)
    }

    /// Reads `FRONTEND_URL`, a list of origins, as browsers serialize them in the header `Origin` (RFC 6454).
    mutating func origins() -> [String]? {
        guard let list = string("FRONTEND_URL") else { return nil }
        let parts = list.split(separator: ",").map { $0.trimmingSpaces }.filter { !$0.isEmpty }
        let origins = parts.compactMap { Origin($0)?.serialized.text }
        guard !origins.isEmpty, origins.count == parts.count else {
            addError(
                "FRONTEND_URL",
                mustBe: "a comma-separated list of origins such as http://localhost:3001: scheme, host and port, "
                    + "without a path or user; a host that is not ASCII may have to be written in Punycode")
            return nil
        }
        return origins
    }

    /// Reads `TLS_CERT_FILE` and `TLS_KEY_FILE`, which need each other.
    mutating func tlsFiles() -> TLSFiles? {
        let (certificate, key) = (string("TLS_CERT_FILE"), string("TLS_KEY_FILE"))
        if let certificate, let key { return TLSFiles(certificate: certificate, key: key) }
        if certificate != nil { addError("TLS_KEY_FILE", mustBe: "set when TLS_CERT_FILE is set") }
        if key != nil { addError("TLS_CERT_FILE", mustBe: "set when TLS_KEY_FILE is set") }
        return nil
    }

    /// Reads `BOOKING_INITIAL_STATUS`. The other statuses are no beginning.
    mutating func initialStatus() -> BookingStatus {
        switch string("BOOKING_INITIAL_STATUS") {
        case nil, "confirmed": return .confirmed
        case "pending": return .pending
        default:
            addError("BOOKING_INITIAL_STATUS", mustBe: "confirmed or pending")
            return .confirmed
        }
    }

    /// Reads `REMINDER_LEAD_MINUTES`, a list of up to a week each. Exponents and signs, which `Double` accepts, are
    /// refused.
    mutating func reminderPlan() -> ReminderPlan? {
        guard let list = string("REMINDER_LEAD_MINUTES") else { return nil }
        let minutes = list.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmingSpaces).map { part in
            part.allSatisfy { "0123456789.".contains($0) } ? Double(part) : nil
        }
        let leads = minutes.compactMap { $0 }.filter { (0...10_080).contains($0) }
        guard leads.count == minutes.count else {
            addError(
                "REMINDER_LEAD_MINUTES",
                mustBe: "a comma-separated list of minutes from 0 to 10080, with decimals if wanted")
            return nil
        }
        return ReminderPlan(leads: leads.map { .milliseconds(Int64(($0 * 60_000).rounded())) })
    }

    /// Reads `REPLICA_NAME`.
    mutating func replicaName() -> String? {
        guard let name = string("REPLICA_NAME") else { return nil }
        if name.utf8.count <= 64, name.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) { return name }
        addError("REPLICA_NAME", mustBe: "1 to 64 visible ASCII characters")
        return nil
    }

    /// Reads `RATE_LIMIT`; `nil` means no limit.
    mutating func rateLimit(default fallback: RateLimit?) -> RateLimit? {
        guard let value = string("RATE_LIMIT") else { return fallback }
        if value == "off" { return nil }
        let parts = value.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let requests = parts[0], let seconds = parts[1], requests > 0,
            (1...86_400).contains(seconds)
        else {
            addError("RATE_LIMIT", mustBe: "REQUESTS/SECONDS such as 100/60, or off")
            return fallback
        }
        return RateLimit(requests: requests, window: .seconds(seconds))
    }

    /// Reads ranges of addresses in CIDR notation, separated by commas; `nil` when it is unset or invalid.
    mutating func addressRanges(_ name: String) -> [AddressRange]? {
        guard let value = string(name) else { return nil }
        let parts = value.split(separator: ",", omittingEmptySubsequences: false)
        let ranges = parts.compactMap { AddressRange(String($0.trimmingSpaces)) }
        if ranges.count == parts.count { return ranges }
        addError(name, mustBe: "a comma-separated list of address ranges such as 10.0.0.0/8 or fd00::/8")
        return nil
    }

    /// Reads `LOG_LEVEL`, with `warn` as the short form of other loggers.
    mutating func logLevel() -> Logger.Level {
        guard let name = string("LOG_LEVEL")?.lowercased() else { return .info }
        if let level = Logger.Level(rawValue: name == "warn" ? "warning" : name) { return level }
        addError("LOG_LEVEL", mustBe: "one of " + Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))
        return .info
    }
}
