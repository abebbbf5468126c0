import Bookings

#if canImport(Glibc)
    import Glibc
#endif

/// The metrics of the process that Prometheus client libraries agree on, read from the kernel at each exposition.
enum ProcessMetrics {
    private static let cpu = MetricFamily(
        "process_cpu_seconds_total", .counter, "User and system CPU time, in seconds.")
    private static let memory = MetricFamily("process_resident_memory_bytes", .gauge, "Resident memory, in bytes.")
    private static let openFiles = MetricFamily("process_open_fds", .gauge, "Open file descriptors.")
    private static let start = MetricFamily(
        "process_start_time_seconds", .gauge, "Start of the process, in seconds since the Unix epoch.")

    /// Writes those metrics that the kernel tells.
    static func write(to text: inout PrometheusText) {
        let values = [
            (cpu, cpuSeconds()), (memory, residentBytes()), (openFiles, openFileCount()), (start, startTime),
        ]
        for case (let family, let value?) in values {
            text.beginFamily(family)
            text.writeSample(family.name, "", value)
        }
    }

    private static func cpuSeconds() -> Double? {
        var usage = rusage()
        guard getrusage(Int32(RUSAGE_SELF.rawValue), &usage) == 0 else { return nil }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1e6
    }

    /// Reads the second field of `/proc/self/statm`, in pages (proc(5)).
    private static func residentBytes() -> Double? {
        guard let fields = lines(of: "/proc/self/statm").first?.split(separator: " "), fields.count > 1 else {
            return nil
        }
        return Double(fields[1]).map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) }
    }

    private static func openFileCount() -> Double? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = -3  // ".", ".." and the descriptor of the directory itself
        while readdir(directory) != nil { count += 1 }
        return Double(count)
    }

    /// The start of the process: the boot time of the system plus field 22 of `/proc/self/stat`, which is in clock
    /// ticks since then. The command's name, field 2, may contain blanks, but it ends with the last parenthesis.
    private static let startTime: Double? = {
        guard let stat = lines(of: "/proc/self/stat").first, let end = stat.lastIndex(of: ")"),
            let boot = lines(of: "/proc/stat").first(where: { $0.hasPrefix("btime ") }).flatMap({
                Double($0.dropFirst(6))
            })
        else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let ticks = Double(fields[19]) else { return nil }
        return boot + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }()

    private static func lines(of path: String) -> [String] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var lines: [String] = []
        var line = [CChar](repeating: 0, count: 4096)
        while fgets(&line, Int32(line.count), file) != nil {
            let bytes = line.prefix { $0 != 0 && $0 != 0x0a }.map { UInt8(bitPattern: $0) }
            lines.append(String(decoding: bytes, as: UTF8.self))
        }
        return lines
    }
}
