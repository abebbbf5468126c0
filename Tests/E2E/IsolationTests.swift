import Bookings
import Foundation
import Glibc
import TestSupport
import XCTest

@testable import SimulationKit

/// Configuration files, secrets in outputs, and deployments that share services.
final class IsolationTests: XCTestCase {
    /// Returns the output and the exit status of a server that does not start.
    private func failedStart(
        _ environment: [String: String], in folder: URL? = nil
    ) async throws -> (output: String, status: Int32) {
        let process = try TestServer.launch(environment, in: folder ?? TestServer.makeFolder())
        var lines: [String] = []
        for await line in process.lines { lines.append(line) }
        return (lines.joined(separator: "\n"), process.exitStatus())
    }

    func test_an_invalid_environment_file_prevents_the_start_and_its_line_is_named() async throws {
        for (bytes, line) in [
            (Array("PORT=0\nhush".utf8), 2), (Array("A=\"hush".utf8), 1), (Array("A=1\nB=".utf8) + [0xff], 2),
        ] {
            let folder = try TestServer.makeFolder()
            try Data(bytes).write(to: folder.appendingPathComponent(".env"))
            let failure = try await failedStart([:], in: folder)
            XCTAssertEqual(failure.status, 78)
            XCTAssertTrue(failure.output.contains(".env, line \(line): "), failure.output)
            XCTAssertFalse(failure.output.contains("hush"), failure.output)
        }
        let folder = try TestServer.makeFolder()
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent(".env"), withIntermediateDirectories: false)
        let failure = try await failedStart([:], in: folder)
        XCTAssertEqual(failure.status, 78)
        XCTAssertTrue(failure.output.contains(".env, line 1: "), failure.output)
    }

    func test_a_comment_is_not_accepted_as_the_key_in_production() async throws {
        let folder = try TestServer.makeFolder()
        try "JWT_SECRET=  # a comment that is longer than thirty-two bytes\n".write(
            to: folder.appendingPathComponent(".env"), atomically: true, encoding: .utf8)
        let binary = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("BookingsServer").path
        let process = try ChildProcess(
            binary, [], environment: ["PORT": "0", "APP_ENV": "production", "MIGRATE_ON_START": "on"], in: folder)
        var lines: [String] = []
        for await line in process.lines { lines.append(line) }
        XCTAssertEqual(process.exitStatus(), 78)
        XCTAssertTrue(lines.joined().contains("JWT_SECRET must be"), lines.joined(separator: "\n"))
    }

    func test_no_part_of_a_secret_is_in_any_output() async throws {
        let port =
            try await EphemeralServices.variables()["DATABASE_URL"]?.split(separator: ":").last?
            .split(separator: "/").first.map(String.init) ?? ""
        let secret = "Zq7%Xw9/Vk3@Jy5"
        let encoded = "Zq7%25Xw9%2FVk3%40Jy5"
        let table: [[String: String]] = [
            ["DATABASE_URL": "postgresql://nobody:\(secret)@127.0.0.1:\(port)/postgres"],
            ["DATABASE_URL": "postgresql://nobody:Zq7/Xw9@127.0.0.1:\(port)/x"],
            ["DATABASE_URL": "postgresql://nobody:Zq7@Xw9@127.0.0.1:\(port)/x"],
            ["DATABASE_URL": "postgresql://nobody:Zq7?Xw9@127.0.0.1:\(port)/x"],
            ["DATABASE_URL": "postgresql://nobody:Zq7%Xw9@127.0.0.1:\(port)/x"],
            ["DATABASE_URL": "postgresql://Zq7Xw9:\(encoded)@127.0.0.1:\(port)/postgres"],
            ["DATABASE_URL": "postgresql://nobody:\(encoded)@127.0.0.1:1/x"],
            ["DATABASE_URL": "postgresql://127.0.0.1:1/x?user=nobody&password=\(encoded)"],
            ["DATABASE_URL": "postgresql://127.0.0.1:1/x?password=\(secret)"],
            ["DATABASE_URL": "host=127.0.0.1 port=1 password=\(secret)"],
            ["DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x", "PGPASSWORD": secret],
            ["DATABASE_URL": "sqlite://nobody:\(secret)@h/x"],
            ["REDIS_URL": "redis://nobody:\(secret)@127.0.0.1:x", "PORT": "bad"],
            ["REDIS_URL": "redis://nobody:Zq7/Xw9@127.0.0.1:1", "PORT": "bad"],
            ["JWT_SECRET": "Zq7Xw9", "PORT": "bad"],
            ["JWT_JWKS_URL": "http://nobody:\(secret)@127.0.0.1:1/k?token=Zq7Xw9", "PORT": "bad"],
            ["JWT_JWKS_URL": "ftp://nobody:\(secret)@127.0.0.1:1/k", "PORT": "bad"],
        ]
        for variables in table {
            // A short wait for stores that are not available.
            let failure = try await failedStart(variables.merging(["STARTUP_TIMEOUT_SECONDS": "1"]) { $1 })
            XCTAssertTrue([69, 78].contains(failure.status), "\(variables): \(failure.output)")
            for part in ["Zq7", "Xw9", "Vk3", "Jy5", "q7%", "%Xw", "7Xw", "9/V", "3@J"] {
                XCTAssertFalse(failure.output.contains(part), "\(variables): \(failure.output)")
            }
        }
    }

    func test_a_copy_of_the_database_on_the_same_redis_uses_other_keys() async throws {
        let services = try await EphemeralServices.variables()
        let (base, redis) = (services["DATABASE_URL"] ?? "", services["REDIS_URL"] ?? "")
        let url = try await EphemeralServices.freshDatabase()
        let name = try XCTUnwrap(url.split(separator: "/").last.map(String.init))
        let folder = try TestServer.makeFolder()
        func prefixes() async throws -> Set<String> {
            let port = redis.split(separator: ":").last.map(String.init) ?? ""
            let process = try ChildProcess(
                "/usr/bin/redis-cli", ["-p", port, "--scan", "--pattern", "bookings:*"], in: folder)
            var names: Set<String> = []
            for await line in process.lines {
                names.insert(line.split(separator: ":").prefix(2).joined(separator: ":"))
            }
            return names
        }
        /// Starts a server on this database. Returns whether it uses a new prefix of keys.
        func usesNewPrefix(_ database: String) async throws -> Bool {
            let before = try await prefixes()
            let server = try await TestServer.start(
                ["DATABASE_URL": database, "REDIS_URL": redis, "CACHE_TTL_SECONDS": "3600"], in: folder)
            let token = try await server.token("root", "admin")
            var number = 0
            // Keys are written once Redis is connected.
            let isThere = try await eventually {
                number += 1
                _ = try await server.send("GET", "/bookings?page=\(number)", as: token)
                return try await !prefixes().subtracting(before).isEmpty
            }
            try await server.stop()
            return isThere
        }
        let original = try await usesNewPrefix(url)
        XCTAssertTrue(original)
        let copied = try await EphemeralServices.sql("create database \(name)_copy template \(name)", on: base)
        XCTAssertEqual(copied.status, 0)
        let copy = try await usesNewPrefix(url.replacingOccurrences(of: name, with: "\(name)_copy"))
        XCTAssertTrue(copy, "The copy uses the keys of the original.")
    }

    /// The key server sends one byte a second.
    func test_a_slow_key_server_does_not_delay_tokens_signed_with_the_secret() async throws {
        let folder = try TestServer.makeFolder()
        let script = """
            import socket, time, threading
            server = socket.create_server(("127.0.0.1", 0))
            print(server.getsockname()[1], flush=True)
            def serve(peer):
                try:
                    peer.recv(65536)
                    peer.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 1000\\r\\n\\r\\n")
                    while True:
                        peer.sendall(b" ")
                        time.sleep(1)
                except OSError:
                    pass
            while True:
                threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
            """
        let publisher = try ChildProcess("/usr/bin/env", ["python3", "-u", "-c", script], in: folder)
        var port = ""
        for await line in publisher.lines {
            port = line
            break
        }
        let server = try await TestServer.start(
            ["JWT_JWKS_URL": "http://nobody:Zq7@127.0.0.1:\(port)/keys?token=Xw9"], in: folder)
        let token = try await server.token("root", "admin")
        for _ in 0..<20 {
            let response = try await server.send("GET", "/bookings/upcoming", as: token)
            XCTAssertEqual(response.status, 200)
        }
        // A token that needs the key set is answered within the deadline.
        let unknown =
            Base64URL.encode(#"{"alg":"ES256","kid":"x"}"#.utf8) + "."
            + Base64URL.encode(#"{"sub":"root","roles":["admin"],"exp":4000000000}"#.utf8) + ".AAAA"
        let response = try await server.send("GET", "/bookings/upcoming", as: unknown)
        XCTAssertEqual(response.status, 503)
        publisher.kill()
        try await server.stop()
    }
}
