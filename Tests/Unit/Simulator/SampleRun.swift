import TestSupport

@testable import Bookings
@testable import SimulationKit

/// A small run: a booking with its reminder, a refused and an unanswered request, a crash, a flush and a pause.
enum SampleRun {
    static let booking = BookingID(high: 7, low: 1)

    static var plan: Plan {
        var plan = Plan(
            scenario: .reminders, seed: 42, settings: Settings(begin: at(0).milliseconds, until: 7_200_000), steps: [])
        plan.settings.replicas = 2
        plan.steps = [
            Step(
                at: 0,
                operations: [
                    Operation(
                        name: "create", caller: .customer(1),
                        verb: .create(booking: "a", provider: 0, start: 3_600_000, minutes: 60, key: nil))
                ]),
            Step(
                at: 600_000,
                operations: [
                    fault(Fault.crash(.fireAfter).beginning(on: .replica(1), amount: 1)),
                    fault(Fault.redisFlush.beginning(on: .redis)),
                ]),
            Step(
                at: 900_000,
                operations: [
                    fault(Fault.crash(.fireAfter).healing(on: .replica(1))),
                    fault(Fault.pause.beginning(on: .replica(0))),
                ]),
        ]
        return plan
    }

    private static func fault(_ event: FaultEvent) -> Operation {
        Operation(name: event.fault, caller: .world, verb: .fault(event))
    }

    static var history: History {
        var history = History()
        history.begunAt = at(0)
        history.endedAt = at(7200)
        history.calls = [
            call("r1", status: 201, at: at(0)), call("r2", status: 409, at: at(60)),
            call("r3", status: nil, at: at(600)),
        ]
        history.frames = [
            frame("booking.created", at(0), connection: 1), frame("booking.reminder", at(3001), connection: 2),
        ]
        history.listeners = ["admin": .init(caller: .admin, startPosition: 0, startedAt: at(0))]
        history.faultPeriods = [.init(name: "replica 1 is down", from: at(600), until: at(900))]
        history.log = [entry("booking.created", at(0)), entry("booking.reminder", at(3001), lead: 600_000)]
        history.finalStates[booking] = .init(row: row, requests: ["r1"])
        return history
    }

    static var row: History.Row {
        History.Row(
            id: booking, provider: aProvider, customer: nil, start: at(3600), end: at(7200), status: .confirmed,
            version: 1)
    }

    private static func call(_ request: String, status: Int?, at instant: Timestamp) -> History.Call {
        History.Call(
            request: request, caller: .customer(1), replica: 0, kind: .create, booking: status == 201 ? booking : nil,
            provider: aProvider, requestedSlot: slot(3600, 7200), key: nil, match: nil, sent: 1, answered: 2,
            at: instant,
            status: status, isReplay: false, row: status == 201 ? row : nil, rows: nil, body: "<&>")
    }

    static func frame(_ name: String, _ instant: Timestamp, connection: Int) -> History.Frame {
        History.Frame(
            socket: "admin", connection: connection, name: name, event: "e", booking: booking, start: at(3600),
            lead: nil, isLate: false, version: 1, occurredAt: instant, receivedAt: instant, sequence: 1, payload: "")
    }

    static func entry(_ name: String, _ instant: Timestamp, lead: Int64? = nil) -> History.LogEntry {
        History.LogEntry(
            event: "e", name: name, booking: booking, provider: aProvider, customer: nil, start: at(3600), version: 1,
            lead: lead, occurredAt: instant)
    }

    static func result(_ violations: [Violation] = [], outcome: RunResult.Outcome = .passed) -> RunResult {
        RunResult(
            plan: plan, violations: violations, marks: ["answer-lost": 1],
            figures: .of(history, plan: plan, wall: .milliseconds(1500)), traceHash: "00ff", commit: "c0ffee",
            swiftVersion: "6.2", outcome: outcome)
    }
}
