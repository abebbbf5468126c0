import Bookings

#if canImport(Glibc)
    import Glibc
#endif

/// The limit of open file descriptors of the process (getrlimit(2)).
package enum DescriptorLimit {
    /// The number of descriptors kept for stores, Redis, key sets, logs and the event loops.
    static let reserve = 64
    /// The result when the limit cannot be read.
    private static let fallback = 256
    /// The smallest result: a service that accepts no connections is of no use.
    private static let minimum = 16

    /// Raises the soft limit to the hard limit.
    ///
    /// - Returns: The number of connections that may be open beside everything else.
    package static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return fallback }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        }
        let descriptors = Int(clamping: min(limit.rlim_cur, 1 << 20))
        return max(minimum, descriptors - min(reserve, descriptors / 2))
    }
}
