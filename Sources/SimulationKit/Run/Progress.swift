#if canImport(Glibc)
    import Glibc
#endif

/// What goes on, for whoever waits at a terminal.
package enum Progress {
    /// A line on standard error.
    package static func show(_ text: String) {
        let line = text + "\n"
        _ = Array(line.utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
