#if canImport(Glibc)
    import Glibc
#endif

/// What goes on, for whoever waits at a terminal.
enum Progress {
    /// A line on standard error.
    static func show(_ text: String) {
        let line = text + "\n"
        _ = Array(line.utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
