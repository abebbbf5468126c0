import Bookings
import TestSupport
import XCTest

@testable import SimulationKit

/// A served cluster and the clients of its tests.
class ServeTestCase: XCTestCase {
    static let begin = RFC3339.parse("2030-03-29T06:00:00Z") ?? .earliest
    let web = WebClient()

    func serve(replicas: Int = 1, mutant: Mutant? = nil) async throws -> ServedCluster {
        let cluster = try await ServedCluster.start(
            .init(ports: Array(repeating: 0, count: replicas), begin: Self.begin, seed: 7, mutant: mutant))
        addTeardownBlock { await cluster.stop() }
        return cluster
    }

    func token(_ cluster: ServedCluster, _ subject: String, _ role: String) async -> String {
        await cluster.token(
            TokenDraft(
                subject: subject, roles: [role], lifetime: .seconds(86_400), audience: ServedCluster.audience))
    }

    /// Books a slot that begins at `start`, with the reminder ten minutes before.
    func book(_ cluster: ServedCluster, at start: Timestamp) async throws {
        let body = TestServer.bookingBody(
            "11111111-1111-4111-8111-111111111111", from: start, lasting: .seconds(600))
        let port = await cluster.ports[0]
        let made = await web.send(
            "POST", "http://127.0.0.1:\(port)/bookings", token: await token(cluster, "ann", "customer"), body: body)
        XCTAssertEqual(made.status, 201, made.text)
    }

    /// Sends a request to the control API, which must accept it.
    func control(
        _ cluster: ServedCluster, _ method: String, _ target: String, _ body: String = ""
    ) async throws -> JSONValue {
        let answer = await ControlAPI(cluster).answer(
            .init(method: method, target: target, body: Array(body.utf8)))
        XCTAssertEqual(answer.status, 200, "\(target): \(String(decoding: answer.body, as: UTF8.self))")
        return try JSONValue.parse(answer.body)
    }
}

extension JSONValue {
    /// The elements of an array; none of another value.
    var elements: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }
}
