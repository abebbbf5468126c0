import Foundation
import Glibc
import XCTest

@testable import SimulationKit

/// A Redis process of its own, which a test may kill.
final class RedisProcess {
    let port: Int
    private let process: ChildProcess

    var url: String { "redis://127.0.0.1:\(port)" }

    /// Starts a Redis and returns when it accepts connections.
    ///
    /// - Parameter port: `nil` means a free one.
    static func start(_ options: [String] = [], port: Int? = nil, tls: Bool = false) async throws -> RedisProcess {
        _ = try await EphemeralServices.variables()
        let port = try port ?? freePort()
        let listening = tls ? ["--port", "0", "--tls-port", "\(port)"] : ["--port", "\(port)"]
        let process = try ChildProcess(
            "/usr/bin/redis-server", listening + ["--save", "", "--bind", "127.0.0.1"] + options,
            in: TestServer.makeFolder())
        var output: [String] = []
        for await line in process.lines {
            output.append(line)
            if line.contains("Ready to accept connections") { return RedisProcess(process, port) }
        }
        throw TestServer.NotStarted(description: output.joined(separator: "\n"))
    }

    private init(_ process: ChildProcess, _ port: Int) {
        self.process = process
        self.port = port
    }

    /// Sends a command through redis-cli.
    func command(_ words: [String]) throws {
        let cli = try ChildProcess("/usr/bin/redis-cli", ["-p", "\(port)"] + words, in: TestServer.root)
        XCTAssertEqual(cli.exitStatus(), 0, "\(words)")
    }

    func kill() { process.kill() }
    func signal(_ number: Int32) { process.signal(number) }

    /// Returns a port that was free a moment ago.
    private static func freePort() throws -> Int {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(socket, address, length) == 0 ? getsockname(socket, address, &length) : -1
            }
        }
        guard result == 0 else { throw TestServer.NotStarted(description: "no port is free") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
