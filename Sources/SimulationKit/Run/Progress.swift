#if canImport(Glibc)
    import Glibc
#endif

/// Progress messages for the user at a terminal.
package enum Progress {
    /// Writes a line to standard error, unbuffered, so that it appears while a run goes on.
    package static func show(_ message: String) {
        let line = message + "\n"
        _ = Array(line.utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
