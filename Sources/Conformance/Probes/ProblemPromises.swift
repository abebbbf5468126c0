import Bookings

extension Promise {
    static let problems = [
        Promise(.rest, "problems", "Errors are problem details with type, title and status (RFC 9457).") { probe in
            let provider = probe.provider()
            _ = try await probe.created(provider, from: probe.tomorrow())
            let answers = [
                try await probe.send("GET", probe.profile.path(.upcoming), as: .nobody),
                try await probe.get(probe.service.identifier(), as: provider),
                try await probe.send("POST", probe.profile.path(.bookings), as: provider, body: "{}"),
                try await probe.create(provider, from: probe.tomorrow()),
            ]
            try probe.offered(
                answers.contains { $0.header("Content-Type")?.hasPrefix("application/problem+json") == true },
                "errors are no problem details")
            for answer in answers {
                let status = answer.json["status"]?.double.map { Int($0) }
                try probe.require(
                    answer.header("Content-Type")?.hasPrefix("application/problem+json") == true
                        && status == answer.status && answer.json["title"]?.string != nil
                        && answer.json["type"]?.string != nil, "an error is no problem detail of its status", answer)
            }
        },
        Promise(.rest, "pointers", "A refused booking names every wrong member with its place.") { probe in
            let body = #"{"\#(probe.profile.field(.start))":"yesterday"}"#
            let answer = try await probe.send("POST", probe.profile.path(.bookings), as: probe.admin(), body: body)
            let pointers = Set((answer.json["errors"]?.elements ?? []).compactMap { $0["pointer"]?.string })
            try probe.offered(!pointers.isEmpty, "errors have no pointers")
            for field in [Profile.Field.provider, .service, .start, .end] {
                let pointer = "/\(probe.profile.field(field))"
                try probe.require(pointers.contains(pointer), "\(pointer) is not named", answer)
            }
        },
        Promise(.rest, "methods", "A known path with another method answers 405 with Allow.", .reads) { probe in
            let answer = try await probe.send("DELETE", probe.profile.path(.upcoming), as: probe.provider())
            try probe.offered(answer.status == 405, "another method is answered otherwise than with 405")
            try probe.require(answer.header("Allow")?.contains("GET") == true, "Allow does not name GET", answer)
        },
        Promise(.rest, "bodies", "A body that is no JSON or too large is refused as the client's mistake.") { probe in
            let (path, admin) = (probe.profile.path(.bookings), probe.admin())
            for body in ["{", "\u{feff}{}", "a=b", String(repeating: "[", count: 10_000)] {
                let answer = try await probe.send("POST", path, as: admin, body: body)
                try probe.require((400..<500).contains(answer.status ?? 0), "a wrong body was not refused", answer)
            }
            let large = "{\"a\":\"\(String(repeating: "a", count: 1 << 20))\"}"
            let answer = await probe.service.send("POST", path, as: admin, body: large)
            try probe.require(
                answer.status.map { (400..<500).contains($0) } ?? true, "a body of 1 MiB was not refused", answer)
        },
        Promise(.rest, "next-free", "A conflict names the next free slot, which can be booked.") { probe in
            let provider = probe.provider()
            _ = try await probe.created(provider, from: probe.tomorrow())
            _ = try await probe.created(provider, from: probe.tomorrow(plus: 45))
            let conflict = try await probe.create(provider, from: probe.tomorrow(plus: 10))
            let next = conflict.json.value(at: "next_free.\(probe.profile.field(.start))")?.string
            try probe.offered(next != nil, "conflicts name no free slot")
            try probe.require(
                next.flatMap { RFC3339.parse($0) } == probe.tomorrow(plus: 75), "the slot is not the next free one")
            let blocking = conflict.json.value(at: "blocking.\(probe.profile.field(.start))")?.string
            try probe.require(
                blocking.flatMap { RFC3339.parse($0) } == probe.tomorrow(), "the booking in the way is another one",
                conflict)
            _ = try await probe.created(provider, from: probe.tomorrow(plus: 75))
        },
        Promise(.rest, "private", "Answers with bookings may not be stored by shared caches.") { probe in
            let list = try await probe.send("GET", probe.profile.path(.upcoming), as: probe.provider())
            let control = list.header("Cache-Control") ?? ""
            try probe.offered(!control.isEmpty, "answers have no Cache-Control")
            try probe.require(
                control.contains("private") || control.contains("no-store"), "a shared cache may store a list", list)
        },
        Promise(.rest, "request-id", "The request identifier of a client is returned.", .reads) { probe in
            let id = probe.service.identifier()
            let answer = try await probe.send(
                "GET", probe.profile.path(.health), as: .nobody, headers: [("X-Request-ID", id)])
            try probe.offered(answer.header("X-Request-ID") != nil, "answers have no request identifier")
            try probe.require(answer.header("X-Request-ID") == id, "the request identifier is another one", answer)
        },
    ]
}
