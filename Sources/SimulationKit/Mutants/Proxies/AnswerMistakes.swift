import Bookings

extension Mutant {
    static let answerMistakes: [Mutant] =
        bookingMistakes + historyMistakes + [
            answer("get-fails", "answers one read in three with 500", caughtBy: "contract", in: .cache) {
                Self.reads($0) && $1.status == 200 && $0.isOneIn(3)
            } change: {
                $0.status = 500
            },
            answer("get-finds-nothing", "answers one read in three with 404", caughtBy: "cache-fresh", in: .cache) {
                Self.reads($0) && $1.status == 200 && $0.isOneIn(3)
            } change: {
                $0 = .notFound($0)
            },
            answer("get-redirects", "answers reads with another 2xx status", caughtBy: "contract", in: .cache) {
                Self.reads($0) && $1.status == 200
            } change: {
                $0.status = 203
            },
        ]

    /// Wrong members of a booking, in the answers that show one.
    private static let bookingMistakes: [Mutant] = [
        booking("status") { $0.change("status") { .string($0.string == "pending" ? "confirmed" : "pending") } },
        booking("created-at") { $0.change("created_at", to: \.secondLater) },
        booking("updated-at") { $0.change("updated_at", to: \.secondLater) },
        booking("service") { $0.change("service_id") { _ in .string("00000000-0000-4000-8000-000000000000") } },
        booking("customer") { $0.change("customer_id") { _ in .null } },
        booking("start-time") { $0.change("start_time") { _ in .string("2030-01-01T00:00:00.000Z") } },
        booking("end-time") { $0.change("end_time", to: \.secondLater) },
        booking("version") { $0.change("version", to: \.incremented) },
        booking("member-missing") { $0.remove("service_id") },
    ]

    private static func booking(_ name: String, _ change: @escaping @Sendable (inout JSONValue) -> Void) -> Mutant {
        answer(
            "booking-\(name)", "changes the \(name) of bookings that are read", caughtBy: "contract", in: .cache
        ) {
            reads($0) && $1.status == 200
        } change: {
            $0.changeJSON(change)
        }
    }

    /// Wrong members of the entries of a history.
    private static let historyMistakes: [Mutant] = [
        history("actor") { $0.change("actor", "sub") { _ in .string("somebody") } },
        history("roles") { $0.change("actor", "roles") { _ in .array([.string("provider")]) } },
        history("time") { $0.change("time", to: \.secondLater) },
        history("action") { $0.change("action") { _ in .string("confirm") } },
        history("before") { $0.change("before") { _ in .object([]) } },
        history("after") { $0.change("after") { _ in .object([]) } },
    ]

    private static func history(_ name: String, _ change: @escaping @Sendable (inout JSONValue) -> Void) -> Mutant {
        answer(
            "history-\(name)", "changes the \(name) of the entries of histories", caughtBy: "contract", in: .reminders
        ) { request, answer in
            request.path.hasSuffix("/history") && answer.status == 200
        } change: {
            $0.changeJSON { $0.changeElements(of: "data", change) }
        }
    }

    /// Whether the request reads one booking.
    static func reads(_ request: ProxiedRequest) -> Bool {
        let parts = request.path.split(separator: "/")
        return request.method == "GET" && parts.count == 2 && parts[0] == "bookings"
            && BookingID(String(parts[1])) != nil
    }

    /// A mutant whose proxy changes the answers that `applies` selects.
    static func answer(
        _ name: String, _ summary: String, caughtBy invariant: String, in scenario: Scenario,
        where applies: @escaping @Sendable (ProxiedRequest, ProxiedAnswer) -> Bool,
        change: @escaping @Sendable (inout ProxiedAnswer) -> Void
    ) -> Mutant {
        Mutant(
            "answer-\(name)", "a proxy \(summary)", caughtBy: invariant, in: scenario,
            .answerProxy(ProxyMistake(onAnswer: { if applies($0, $1) { change(&$1) } })))
    }
}

extension ProxiedRequest {
    /// Chooses one request of so many by its id, so that the choice does not depend on the order of requests.
    func isOneIn(_ number: UInt64) -> Bool {
        (header("x-request-id") ?? "").utf8.reduce(0) { ($0 &* 31) &+ UInt64($1) } % number == 0
    }
}

extension ProxiedAnswer {
    /// The answer that the service gives for a booking that does not exist.
    static func notFound(_ answer: ProxiedAnswer) -> ProxiedAnswer {
        let id = answer.header("x-request-id") ?? ""
        let path = (try? JSONValue.parse(answer.body.utf8))?["id"]?.string.map { "/bookings/\($0)" } ?? ""
        var changed = answer
        changed.status = 404
        changed.set("etag", nil)
        changed.set("content-type", "application/problem+json")
        changed.set("cache-control", "no-store")
        changed.body = """
            {"detail":"The booking does not exist.","instance":"\(path)","request_id":"\(id)","status":404,\
            "title":"Not found","type":"/problems/not-found"}
            """
        return changed
    }
}
