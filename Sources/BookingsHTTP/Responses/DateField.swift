import Bookings
import Synchronization

/// The value of the `Date` header, written once a second.
package final class DateField: Sendable {
    private let clock: any WallClock
    private let written = Mutex((second: Int64.min, text: ""))

    package init(clock: any WallClock) { self.clock = clock }

    package var text: String {
        let now = clock.now()
        let second = now.milliseconds / 1000
        return written.withLock { written in
            if written.second != second { written = (second, HTTPDate.string(now)) }
            return written.text
        }
    }
}
