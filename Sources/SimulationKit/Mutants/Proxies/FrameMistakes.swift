import Bookings

extension Mutant {
    static let frameMistakes: [Mutant] = [
        frame("minutes-before") { $0.change("minutes_before", to: \.incremented) },
        frame("late") { $0.change("late") { .bool($0 == .bool(false)) } },
        frame("due-at") { $0.change("due_at", to: \.secondLater) },
        frame("start-time") { $0.change("start_time", to: \.secondLater) },
        frame("end-time") { $0.change("end_time", to: \.secondLater) },
        frame("status") { $0.change("status") { .string($0.string == "pending" ? "confirmed" : "pending") } },
        frame("version") { $0.change("version", to: \.incremented) },
        frame("customer") { $0.change("customer_id") { _ in .null } },
        frame("service") { $0.change("service_id") { _ in .string("00000000-0000-4000-8000-000000000000") } },
        frame("created-at") { $0.change("created_at", to: \.secondLater) },
        frame("updated-at") { $0.change("updated_at", to: \.secondLater) },
        frame("occurred-at") { $0.change("event", "occurred_at", to: \.secondLater) },
        frame("cursor") { $0.change("event", "cursor") { .string(String(($0.string ?? "").reversed())) } },
        frame("member-missing") { $0.remove("service_id") },
        frame("event-id", caughtBy: "event-gapless") {
            $0.change("event", "id") { _ in .string("00000000-0000-8000-8000-000000000000") }
        },
        frame("booking-id", caughtBy: "event-causal") { data in
            let other = JSONValue.string("00000000-0000-8000-8000-000000000000")
            data.change("id") { _ in other }
            data.change("booking_id") { _ in other }
        },
    ]

    private static func frame(
        _ name: String, caughtBy invariant: String = "contract",
        _ change: @escaping @Sendable (inout JSONValue) -> Void
    ) -> Mutant {
        Mutant(
            "frame-\(name)", "a proxy changes the \(name) of events", caughtBy: invariant, in: .reminders,
            .socketProxy { FrameFilter { _, data in change(&data) } })
    }
}
