import Bookings
import SimulationKit

extension Promise {
    /// What clients without a WebSocket receive, and those of another replica.
    static let transports = [
        Promise(
            .realtime, "stream-resume", "An event stream behind a cursor has what was missed, once and in order.",
            .isolated
        ) { try await readMissed($0, by: .stream, "there is no event stream") },
        Promise(
            .realtime, "polling", "A client that polls behind a cursor receives what it missed, once and in order.",
            .isolated
        ) { probe in
            try probe.offered(probe.profile.transport != .none, "the profile names no sockets")
            try await readMissed(probe, by: .polling, "there is no long-polling at /socket.io/")
        },
        Promise(
            .guarantees, "across-replicas", "What is written on a replica is read, listed and announced on each other.",
            probe: crossesReplicas),
    ]

    /// How often events are read until all have come: a service may be slow, and what came twice or is missing stays so.
    private static let attempts = 3

    private static func readMissed(_ probe: Probe, by reader: WebClient.EventReader, _ absence: String) async throws {
        let provider = probe.provider()
        let before = try await probe.created(provider, from: probe.tomorrow())
        let page = try await probe.send("GET", probe.profile.path(.events), as: provider)
        let cursor = page.json.value(at: "meta.next")?.string
        try probe.offered(page.text.contains(before) && cursor != nil, "the pages of events have no cursor")
        var missed: [String] = []
        for number: Int64 in 1...4 {
            missed.append(try await probe.created(provider, from: probe.tomorrow(plus: number * 30)))
        }
        for replica in probe.service.targets.indices {
            let address = probe.service.targets[replica].url
            var ids: [String] = []
            for _ in 0..<attempts where ids.count < missed.count {
                ids = await probe.service.web.events(
                    of: address, by: reader, token: provider.token ?? "", after: cursor ?? "", count: missed.count
                ).compactMap { probe.string(.id, $0) }
            }
            try probe.offered(!ids.isEmpty, absence)
            try probe.require(ids == missed, "\(ids.count) events came instead of exactly the 4 that were missed")
        }
    }

    private static func crossesReplicas(_ probe: Probe) async throws {
        let replicas = probe.service.targets.indices
        guard replicas.count > 1 else { throw ProbeEnd.notTestable("this takes several --target") }
        let provider = probe.provider()
        var minutes: Int64 = 0
        for writer in replicas {
            for reader in replicas where reader != writer {
                let inbox = try await probe.listen(provider, replica: reader)
                // A list that a replica has rendered may be in its cache.
                _ = try await probe.listed(.upcoming, as: provider, replica: reader)
                let start = probe.tomorrow(plus: minutes)
                let id = try await probe.created(provider, from: start, replica: writer)
                let read = try await probe.get(id, as: provider, replica: reader)
                try probe.require(read.status == 200, "another replica does not have the booking")
                let list = try await probe.listed(.upcoming, as: provider, replica: reader)
                try probe.require(list.ids.contains(id), "the list of another replica does not have the booking")
                try await probe.expectEvent(.created, of: id, in: inbox, for: "the provider at another replica")
                await inbox.close()
                minutes += 30
            }
        }
    }
}
