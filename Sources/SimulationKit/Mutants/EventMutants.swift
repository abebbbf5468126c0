import Bookings
import BookingsRuntime
import Synchronization

extension Mutant {
    static let events = [announceFirst, resumeSkips, resumeRepeats, relayStops]

    static let announceFirst = Mutant(
        "announce-before-commit", "events are announced before their write is decided", caughtBy: "event-causal",
        in: .doubleBooking,
        .ports { ports in
            let refused = Shared<[BookingEvent]>([])
            ports.interceptWrite { (write, store) throws(StoreError) in
                let outcome = try await store.write(write)
                if case .slotTaken = outcome, write.action == .create {
                    let event = BookingEvent(
                        booking: write.booking, kind: .action(.create), occurredAt: write.booking.updatedAt)
                    refused.withLock { $0.append(event) }
                }
                return outcome
            }
            ports.addEvents { _ in refused.withLock { $0.popLast() } }
        })

    static let resumeSkips = Mutant(
        "resume-skips-one", "a resume begins one event too late", caughtBy: "event-gapless", in: .reconnect,
        .ports { $0.log = InterceptedLog(log: $0.log, resumeAfter: { $0.next }) })

    static let resumeRepeats = Mutant(
        "resume-repeats-one", "a resume begins one event too early", caughtBy: "event-gapless", in: .reconnect,
        .ports { $0.log = InterceptedLog(log: $0.log, resumeAfter: { LogPosition(max(0, $0.number - 1)) }) })

    static let relayStops = Mutant(
        "relay-stops-at-failure", "the relay stops at the first failure", caughtBy: "converge", in: .everything,
        .ports { $0.log = InterceptedLog(log: $0.log, end: LogPosition(8)) })
}

/// A value behind a lock that closures can share.
final class Shared<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    init(_ value: Value) { self.value = Mutex(value) }

    func withLock<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        value.withLock { body(&$0) }
    }
}

extension Shared<Int> {
    /// Counts the call, and returns whether it is one of every `number`.
    func isEvery(_ number: Int) -> Bool {
        withLock { count in
            count += 1
            return count % number == 0
        }
    }
}
