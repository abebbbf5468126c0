import Bookings
import FoundationEssentials
import Histogram

extension LoadResult {
    /// Writes a histogram of each row in the format of HdrHistogram's plotters, in milliseconds.
    package func writeHistograms(to folder: String) throws {
        for row in rows {
            var distribution = ""
            row.sample.histogram.outputPercentileDistribution(
                to: &distribution, outputValueUnitScalingRatio: 1000)
            try distribution.write(toFile: "\(folder)/\(row.row.name).hgrm", atomically: true, encoding: .utf8)
        }
    }
}
