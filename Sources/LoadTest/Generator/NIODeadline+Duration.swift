import Bookings
import NIOCore

extension NIODeadline {
    /// The time from an earlier instant to this one.
    func since(_ earlier: NIODeadline) -> Duration { .nanoseconds((self - earlier).nanoseconds) }

    func advanced(by duration: Duration) -> NIODeadline { self + .microseconds(duration.wholeMicroseconds) }
}
