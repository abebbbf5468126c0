import Bookings
import Glibc

/// A pipe by which any thread ends the `poll` of another.
struct WakeUpPipe: ~Copyable, Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32

    /// Opens the pipe; traps when the process has no file descriptor left.
    init() {
        var ends: [Int32] = [0, 0]
        precondition(pipe(&ends) == 0, "No file descriptor is left for a database connection's thread.")
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// Ends the running `sleep`, or the next one. A full pipe already does.
    func wake() {
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
    }

    /// Sleeps until the socket can be read (or written), `wake` is called, or the time has come.
    ///
    /// - Parameters:
    ///   - socket: -1 for none.
    ///   - instant: `nil` means that there is no time limit.
    func sleep(socket: Int32, orWritable: Bool, until instant: ContinuousClock.Instant?) {
        var descriptors = [
            pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socket, events: Int16(POLLIN) | (orWritable ? Int16(POLLOUT) : 0), revents: 0),
        ]
        // Rounded up: a millisecond early would be a turn for nothing.
        let milliseconds = instant.map { max(0, ($0 - .now).wholeMilliseconds + 1) }
        poll(&descriptors, 2, Int32(clamping: milliseconds ?? -1))
        guard descriptors[0].revents != 0 else { return }
        var bytes: (UInt64, UInt64) = (0, 0)
        _ = read(readEnd, &bytes, 16)
    }
}
