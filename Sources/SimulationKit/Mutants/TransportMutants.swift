import Bookings

extension Mutant {
    /// Bugs in the ways in which clients read events, but for open sockets.
    static let transports = [
        streamSkipsOne, pollRepeatsOne, pollSkipsOne, walkSkipsOne, recoveryLosesLast, resyncOmitted,
    ]

    static let streamSkipsOne = Mutant(
        "stream-skips-one", "whatever resumes behind a cursor begins one event too late", caughtBy: "event-gapless",
        in: .transports,
        .ports { $0.log = InterceptedLog(log: $0.log, resumeAfter: { $0.next }) })

    static let pollRepeatsOne = poll("repeats") { [$0, $0] }
    static let pollSkipsOne = poll("skips") { _ in [] }

    static let walkSkipsOne = answer(
        "walk-skips-one", "shows no first event on the pages of events", caughtBy: "event-gapless", in: .transports
    ) { request, _ in
        request.path == "/events" && request.header("x-request-id") != "stock"
    } change: {
        $0.changeJSON { $0.changeArray("data") { if !$0.isEmpty { $0.removeFirst() } } }
    }

    /// The first event of each poll is replaced.
    private static func poll(_ verb: String, _ change: @escaping @Sendable (Substring) -> [Substring]) -> Mutant {
        answer(
            "poll-\(verb)-one", "\(verb) the first event of a poll", caughtBy: "event-gapless", in: .transports
        ) { request, answer in
            request.method == "GET" && request.path == "/socket.io/" && answer.status == 200
        } change: { answer in
            var packets = answer.body.split(separator: "\u{1e}")
            guard let first = packets.firstIndex(where: { $0.hasPrefix("42") }) else { return }
            packets.replaceSubrange(first...first, with: change(packets[first]))
            // A poll is never empty.
            answer.body = packets.isEmpty ? "6" : packets.joined(separator: "\u{1e}")
        }
    }

    static let recoveryLosesLast = answer(
        "recovery-loses-last", "loses the last event before the answer to a recovered socket",
        caughtBy: "event-gapless", in: .transports
    ) { request, answer in
        request.method == "GET" && request.path == "/socket.io/" && answer.status == 200
    } change: { answer in
        var packets = answer.body.split(separator: "\u{1e}")
        guard let accepted = packets.firstIndex(where: { $0.hasPrefix("40") }), accepted > 0 else { return }
        packets.remove(at: accepted - 1)
        answer.body = packets.joined(separator: "\u{1e}")
    }

    static let resyncOmitted = Mutant(
        "resync-omitted", "whoever comes back too late is sent what is left instead of being told",
        caughtBy: "event-gapless", in: .transports,
        .ports { $0.log = InterceptedLog(log: $0.log, omitsResync: true) })
}
