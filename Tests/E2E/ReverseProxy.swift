import Foundation
import TestSupport
import XCTest

@testable import SimulationKit

/// A proxy in front of servers, with its configuration in a temporary folder.
final class ReverseProxy {
    enum Kind {
        /// nginx, which keeps connections to the servers open.
        case nginx
        /// HAProxy, with additional lines for its section `defaults`.
        case haproxy([String])
    }

    let port: String
    var address: String { "http://127.0.0.1:\(port)" }
    private let process: ChildProcess

    /// Starts the proxy, and returns when it listens.
    static func start(_ kind: Kind, before servers: [TestServer]) async throws -> ReverseProxy {
        let proxy = try ReverseProxy(kind, before: servers.map(\.port))
        let listens = await eventually { (try? RawConnection(port: proxy.port)) != nil }
        XCTAssertTrue(listens, "\(kind) does not listen")
        return proxy
    }

    private init(_ kind: Kind, before ports: [String]) throws {
        let folder = try TestServer.makeFolder()
        port = Self.freePort()
        let file = folder.appendingPathComponent("configuration").path
        let (configuration, program, arguments) =
            switch kind {
            case .nginx:
                (
                    Self.nginx(port, ports, folder.path), "/usr/sbin/nginx",
                    ["-e", "stderr", "-p", folder.path, "-c", file]
                )
            case .haproxy(let lines): (Self.haproxy(port, ports, lines), "/usr/sbin/haproxy", ["-db", "-f", file])
            }
        try configuration.write(toFile: file, atomically: true, encoding: .utf8)
        process = try ChildProcess(program, arguments, in: folder)
    }

    func stop() { process.kill() }

    private static func nginx(_ port: String, _ servers: [String], _ folder: String) -> String {
        let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        return """
            daemon off;
            master_process off;
            pid \(folder)/pid;
            error_log stderr error;
            events { worker_connections 1024; }
            http {
                access_log off;
                keepalive_requests 1000000;
                \(kinds.map { "\($0)_temp_path \(folder)/\($0);" }.joined(separator: " "))
                map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
                upstream bookings {
                    \(servers.map { "server 127.0.0.1:\($0) fail_timeout=1s;" }.joined(separator: " "))
                    keepalive 16;
                }
                server {
                    listen 127.0.0.1:\(port);
                    location / {
                        proxy_pass http://bookings;
                        proxy_http_version 1.1;
                        proxy_set_header Host $http_host;
                        proxy_set_header Upgrade $http_upgrade;
                        proxy_set_header Connection $connection_upgrade;
                        proxy_read_timeout 60s;
                        proxy_next_upstream error timeout non_idempotent;
                    }
                }
            }
            """
    }

    private static func haproxy(_ port: String, _ servers: [String], _ lines: [String]) -> String {
        """
        defaults
            mode http
            timeout connect 5s
            timeout client 60s
            timeout server 60s
            timeout tunnel 60s
            \(lines.joined(separator: "\n    "))
        frontend clients
            bind 127.0.0.1:\(port)
            default_backend bookings
        backend bookings
        \(servers.enumerated().map { "    server s\($0) 127.0.0.1:\($1)" }.joined(separator: "\n"))

        """
    }

    /// Returns a port that is free now.
    private static func freePort() -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(descriptor, $0, size)
                _ = getsockname(descriptor, $0, &size)
            }
        }
        return "\(UInt16(bigEndian: address.sin_port))"
    }
}
