import Bookings
import BookingsAuth

// Tokens, and what is read of the service.

extension ServedCluster {
    /// The claim `aud` that the replicas demand.
    package static let audience = ReplicaSetup.audience

    /// Returns a token that the service accepts, or one with a flaw.
    package func token(_ draft: TokenDraft) async -> String {
        let clock = VirtualClock(at: await cluster.now)
        let issuer = TokenIssuer(secret: ReplicaSetup.secret, issuer: nil, audience: nil, clock: clock)
        let claims = draft.claims(at: clock.now())
        return draft.corrupted(issuer.sign(claims: claims, header: draft.header(algorithm: "HS256", keyID: nil)))
    }

    /// Reads the events since the last look, of all providers and customers. Returns `false` while a fault keeps every
    /// replica from answering; they are read after a later move then.
    func readEvents() async throws -> Bool {
        while true {
            guard let json = try await get("/events?limit=100" + (record.cursor.map { "&after=\($0)" } ?? "")) else {
                return false
            }
            guard case .array(let page)? = json["data"], !page.isEmpty else { return true }
            record.append(page, next: json["meta"]?["next"]?.string, at: await cluster.now)
        }
    }

    /// Reads the events at the instant at which they were recorded, which their own times need not be.
    func readNewEvents() async throws {
        let length = try await cluster.logLength()
        guard length > record.length, !record.isUnreadable else { return }
        if try await readEvents() { record.length = length } else { record.isUnreadable = true }
    }

    /// Reads a list to its end.
    ///
    /// - Throws: `ServeError` while no replica answers, and when it has more than `most` rows.
    func readAll(_ list: String, most: Int) async throws -> [JSONValue] {
        var rows: [JSONValue] = []
        var cursor: String?
        repeat {
            guard let json = try await get("\(list)?limit=100" + (cursor.map { "&cursor=\($0)" } ?? "")) else {
                throw ServeError.noReplicaAnswers
            }
            guard case .array(let page)? = json["data"] else { return rows }
            rows += page
            guard rows.count <= most else { throw ServeError.tooMuchToJudge(most) }
            cursor = json["meta"]?["next_cursor"]?.string
        } while cursor != nil
        return rows
    }

    /// Asks one replica after the other. Returns `nil` when a fault keeps all of them from answering.
    func get(_ path: String) async throws -> JSONValue? {
        let answer = try await request(path)
        guard let answer else { return nil }
        guard answer.status == 200, let json = answer.json else {
            throw ServeError.noAnswer("GET \(path): \(answer.status.map(String.init) ?? "none") \(answer.text)")
        }
        return json
    }

    /// Returns the first answer that no fault explains.
    private func request(_ path: String) async throws -> WebClient.Answer? {
        let draft = TokenDraft(subject: "simulator", roles: ["admin"], audience: Self.audience)
        let token = await token(draft)
        for number in options.ports.indices {
            guard await cluster.answers(number), let endpoint = await cluster.endpoint(number) else { continue }
            let answer = await web.send("GET", endpoint.address.url + path, token: token)
            if answer.status == 200 || faults.isEmpty { return answer }
        }
        return nil
    }

    /// Returns the answer of one replica to a look at its health; `nil` when none came.
    func health(of number: Int) async -> WebClient.Answer? {
        guard let endpoint = await cluster.endpoint(number), endpoint.replica == number else { return nil }
        return await web.send("GET", endpoint.address.url + "/health/ready", token: nil)
    }
}
