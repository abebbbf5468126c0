import Bookings
import Glibc
import Logging
import NIOSSL
import Synchronization

/// The certificate that new connections get. It is read again when its files change; open connections keep theirs.
///
/// Files that cannot be used are reported once, and the certificate that was read before stays in use: a renewal writes
/// two files, and between the two they do not match.
final class TLSCertificates: Sendable {
    /// How often the files are looked at.
    private static let interval = Duration.seconds(1)

    private struct State {
        var identity: TLSIdentity
        /// The files as they were when they were last read.
        var versions: [FileVersion?]
        var hasReportedValidity = false
    }

    private let files: TLSFiles
    private let clock: any WallClock
    private let logger: Logger
    private let state: Mutex<State>

    /// Reads the files.
    init(_ files: TLSFiles, clock: any WallClock, logger: Logger) throws(TLSFileError) {
        self.files = files
        self.clock = clock
        self.logger = logger
        // Before the files are read: a change in between is found by the next look.
        let versions = Self.versions(of: files)
        state = Mutex(State(identity: try TLSIdentity(reading: files), versions: versions))
        reportValidity()
    }

    /// What a new connection is to use.
    var context: NIOSSLContext { state.withLock(\.identity.context) }

    /// Looks at the files until the task is cancelled.
    func watch(inFlightWork: InFlightWork) async {
        let trigger = LoopTrigger(clock: clock, inFlightWork: inFlightWork)
        while !Task.isCancelled {
            await trigger.wait(atMost: Self.interval)
            refresh()
        }
        trigger.end()
    }

    /// Reads the files again when they have changed since they were read.
    func refresh() {
        let versions = Self.versions(of: files)
        let hasChanged = state.withLock { state in
            defer { state.versions = versions }
            return state.versions != versions
        }
        if hasChanged { readAgain() }
        reportValidity()
    }

    private func readAgain() {
        do throws(TLSFileError) {
            let identity = try TLSIdentity(reading: files)
            state.withLock { state in
                state.identity = identity
                state.hasReportedValidity = false
            }
            logger.notice(
                "The TLS certificate was read again.",
                metadata: ["valid_until": "\(RFC3339.string(identity.validity.upperBound))"])
        } catch {
            logger.warning(
                "The changed TLS certificate cannot be used; the one before stays in use.",
                metadata: ["error": "\(error)"])
        }
    }

    /// Logs once that clients do not take the certificate now.
    private func reportValidity() {
        let now = clock.now()
        let validity = state.withLock { state -> ClosedRange<Timestamp>? in
            guard !state.hasReportedValidity, !state.identity.validity.contains(now) else { return nil }
            state.hasReportedValidity = true
            return state.identity.validity
        }
        guard let validity else { return }
        logger.warning(
            now > validity.upperBound
                ? "TLS_CERT_FILE: the certificate has expired." : "TLS_CERT_FILE: the certificate is not valid yet.",
            metadata: [
                "valid_from": "\(RFC3339.string(validity.lowerBound))",
                "valid_until": "\(RFC3339.string(validity.upperBound))",
            ])
    }

    /// What tells one version of a file from another: writing it changes the time, replacing it the file's number.
    private struct FileVersion: Hashable {
        let device: UInt
        let number: UInt
        let size: Int
        let seconds: Int
        let nanoseconds: Int
    }

    /// `nil` stands for a file that is not there.
    private static func versions(of files: TLSFiles) -> [FileVersion?] {
        [files.certificate, files.key].map { path in
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            return FileVersion(
                device: UInt(status.st_dev), number: UInt(status.st_ino), size: Int(status.st_size),
                seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
        }
    }
}

extension ServiceConfiguration {
    /// Returns the certificate that the configuration names; `nil` when it names none.
    func tlsCertificates(clock: any WallClock, logger: Logger) throws -> TLSCertificates? {
        guard let tlsFiles else { return nil }
        do throws(TLSFileError) {
            return try TLSCertificates(tlsFiles, clock: clock, logger: logger)
        } catch {
            throw StartupError.invalidConfiguration(error.description)
        }
    }
}
