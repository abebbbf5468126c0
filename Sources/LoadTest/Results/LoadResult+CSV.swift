extension LoadResult {
    /// The series of seconds as comma-separated values with a head (RFC 4180). Latencies are in microseconds, and empty for
    /// a second without a response.
    package var csv: String {
        var lines = ["second,sent,answered,failed,frames,p50_us,p99_us,max_us"]
        for (index, point) in points.enumerated() {
            let counts = [UInt64(index + 1), point.sent, point.answered, point.failed, point.frames].map { "\($0)" }
            let latencies = [point.p50, point.p99, point.max].map { $0.map { "\($0)" } ?? "" }
            lines.append((counts + latencies).joined(separator: ","))
        }
        return lines.map { $0 + "\r\n" }.joined()
    }
}
