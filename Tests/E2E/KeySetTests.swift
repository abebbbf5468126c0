import Bookings
import Crypto
import Foundation
import TestSupport
import XCTest

@testable import SimulationKit

/// A production server that verifies tokens with published keys alone.
final class KeySetTests: XCTestCase {
    private func document(_ keys: [String: P256.Signing.PrivateKey]) -> String {
        let members = keys.sorted { $0.key < $1.key }.map { id, key in
            let point = key.publicKey.rawRepresentation
            return #"{"kty":"EC","crv":"P-256","kid":"\#(id)","x":"\#(Base64URL.encode(point.prefix(32)))","#
                + #""y":"\#(Base64URL.encode(point.suffix(32)))"}"#
        }
        return #"{"keys":[\#(members.joined(separator: ","))]}"#
    }

    private func token(_ id: String, _ key: P256.Signing.PrivateKey) throws -> String {
        let signed =
            Base64URL.encode(#"{"alg":"ES256","kid":"\#(id)"}"#.utf8) + "."
            + Base64URL.encode(#"{"sub":"root","roles":["admin"],"exp":4000000000}"#.utf8)
        return signed + "." + Base64URL.encode(try key.signature(for: Array(signed.utf8)).rawRepresentation)
    }

    func test_a_production_server_without_a_secret_verifies_tokens_with_published_keys() async throws {
        let folder = try TestServer.makeFolder()
        let (published, filed, unpublished) = (
            P256.Signing.PrivateKey(), P256.Signing.PrivateKey(), P256.Signing.PrivateKey()
        )
        let file = folder.appendingPathComponent("filed.json")
        try document(["filed": filed]).write(to: file, atomically: true, encoding: .utf8)
        try document(["published": published]).write(
            to: folder.appendingPathComponent("keys.json"), atomically: true, encoding: .utf8)
        let publisher = try ChildProcess(
            "/usr/bin/env", ["python3", "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"], in: folder)
        var port = ""
        for await line in publisher.lines {
            // Serving HTTP on 127.0.0.1 port 40000 (…)
            port = line.split(separator: " ").dropFirst(5).first.map(String.init) ?? ""
            break
        }
        let server = try await TestServer.start(
            [
                "APP_ENV": "production", "JWT_SECRET": "", "MIGRATE_ON_START": "on", "JWT_JWKS_FILE": file.path,
                "JWT_JWKS_URL": "http://127.0.0.1:\(port)/keys.json",
            ], in: folder)
        for (id, key, status) in [
            ("published", published, 200), ("filed", filed, 200), ("published", unpublished, 401),
            ("other", unpublished, 401),
        ] {
            let response = try await server.send("GET", "/bookings/upcoming", as: token(id, key))
            XCTAssertEqual(response.status, status, "\(id): \(response.text)")
        }
        let tokens = try await server.send("POST", "/auth/token", body: #"{"sub":"a","roles":["admin"]}"#)
        XCTAssertEqual(tokens.status, 404)
        publisher.kill()
        try await server.stop()
    }
}
