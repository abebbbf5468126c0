import AsyncHTTPClient
import Bookings
import BookingsAuth
import BookingsRuntime
import Foundation
import TestSupport
import XCTest

/// Several replicas in one process.
final class OneProcessTests: XCTestCase {
    func test_two_replicas_in_one_process_share_a_store_and_receive_each_others_events() async throws {
        var configuration = ServiceConfiguration()
        configuration.environment = .test
        configuration.port = 0
        configuration.jwtSecret = [UInt8](repeating: 7, count: 32)
        configuration.database = .postgres(url: try await EphemeralServices.freshDatabase())
        configuration.redisURL = try await EphemeralServices.variables()["REDIS_URL"]
        let composition = Composition(configuration: configuration, logger: RecordedLog().logger)
        var replicas: [BookingsApplication] = []
        var running: [Task<Void, any Error>] = []
        for _ in 0..<2 {
            let adapters = try await composition.openAdapters()
            try await composition.prepareSchema(adapters)
            let application = composition.application(adapters)
            replicas.append(application)
            running += (adapters.services + [application]).map { service in Task { try await service.run() } }
        }
        let addresses = [await replicas[0].boundPort(), await replicas[1].boundPort()].map { "http://127.0.0.1:\($0)" }
        XCTAssertNotEqual(addresses[0], addresses[1])
        let client = HTTPClient.shared
        let token = TokenIssuer(
            secret: [UInt8](repeating: 7, count: 32), issuer: nil, audience: nil, clock: SystemClock()
        ).token(subject: subject("root"), roles: ["admin"], lifetime: .seconds(60))
        for number in 0..<20 {
            let requestBody = TestServer.bookingBody(
                "11111111-1111-4111-8111-111111111111",
                from: SystemClock().now() + .seconds(7200 + 600 * number), lasting: .seconds(600))
            let made = try await TestServer.send(
                "POST", addresses[number % 2] + "/bookings", as: token, body: requestBody, by: client)
            XCTAssertEqual(made.status, 201, made.text)
            let read = try await TestServer.send(
                "GET", addresses[1 - number % 2] + "/bookings/\(made.string(at: "id"))", as: token, by: client)
            XCTAssertEqual(read.text, made.text)
        }
        let haveRelayed = await eventually { replicas.allSatisfy { $0.relayPosition == LogPosition(20) } }
        XCTAssertTrue(haveRelayed)
        for task in running { task.cancel() }
        for task in running { _ = try? await task.value }
    }
}
