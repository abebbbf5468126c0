import Bookings

#if canImport(Glibc)
    import Glibc
#endif

/// The process's limit of open descriptors.
package enum DescriptorLimit {
    /// Kept for stores, Redis, key sets, logs and the event loops themselves.
    static let reserve = 64

    /// Raises the soft limit to the hard one, and returns how many connections may be open beside everything else.
    package static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 256 }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        }
        let descriptors = Int(clamping: min(limit.rlim_cur, 1 << 20))
        return max(16, descriptors - min(reserve, descriptors / 2))
    }
}
