import ArgumentParser
import Bookings

/// `12h`, `1d`, `90m`.
struct VirtualSpan: ExpressibleByArgument, CustomStringConvertible {
    let duration: Duration

    init(hours: Int) {
        duration = .seconds(hours * 3600)
    }

    init?(argument: String) {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = argument.last.flatMap({ units[$0] }), let count = Int(argument.dropLast()), count > 0 else {
            return nil
        }
        duration = .seconds(count * unit)
    }

    var description: String { "\(Int(duration.inSeconds))s" }
}
