#if canImport(Glibc)
    import Glibc
#endif

/// What the kernel knows of this process.
enum ProcessMetrics {
    static func write(to text: inout PrometheusText) {
        var usage = rusage()
        if getrusage(Int32(RUSAGE_SELF.rawValue), &usage) == 0 {
            text.family(MetricNames.processCPU, "counter", "User and system CPU time, in seconds.")
            text.sample(MetricNames.processCPU, "", seconds(usage.ru_utime) + seconds(usage.ru_stime))
        }
        if let pages = residentPages() {
            text.family(MetricNames.processMemory, "gauge", "Resident memory, in bytes.")
            text.sample(MetricNames.processMemory, "", Double(pages * sysconf(Int32(_SC_PAGESIZE))))
        }
        if let count = openFiles() {
            text.family(MetricNames.processFiles, "gauge", "Open file descriptors.")
            text.sample(MetricNames.processFiles, "", Double(count))
        }
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1e6
    }

    /// The second figure of `/proc/self/statm` (proc(5)).
    private static func residentPages() -> Int? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let words = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).split(
            separator: " ")
        return words.count > 1 ? Int(words[1]) : nil
    }

    private static func openFiles() -> Int? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = -3  // ".", ".." and the directory itself
        while readdir(directory) != nil { count += 1 }
        return count
    }
}
