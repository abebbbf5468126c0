import Foundation
import TestSupport
import XCTest

@testable import SimulationKit

/// Runs blocking work on `count` threads, and returns when all are done.
func onThreads(_ count: Int, _ work: @escaping @Sendable (Int) -> Void) async {
    await withTaskGroup(of: Void.self) { group in
        for number in 0..<count {
            group.addTask {
                await withCheckedContinuation { done in
                    Thread.detachNewThread {
                        work(number)
                        done.resume()
                    }
                }
            }
        }
    }
}

/// A proxy in front of servers, with its configuration in a temporary folder: that of `docs/operations.md`, except that the
/// query parameter `client` decides which server has a Socket.IO session, since all clients of a test have one address.
final class ReverseProxy {
    enum Kind {
        /// nginx, which keeps connections to the servers open.
        case nginx
        /// nginx that ends TLS with a certificate that no authority has signed, and serves the service below a path.
        case secureNginx(prefix: String)
        /// HAProxy, with additional lines for its section `defaults`.
        case haproxy([String])
    }

    let port: String
    var address: String { "http://127.0.0.1:\(port)" }
    /// The address of a proxy with TLS.
    var secureAddress: String { "https://127.0.0.1:\(port)" }
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
            case .secureNginx(let prefix):
                (
                    Self.nginx(
                        port, ports, folder.path, tls: try Self.makeCertificate(in: folder), prefix: prefix),
                    "/usr/sbin/nginx", ["-e", "stderr", "-p", folder.path, "-c", file]
                )
            case .haproxy(let lines): (Self.haproxy(port, ports, lines), "/usr/sbin/haproxy", ["-db", "-f", file])
            }
        try configuration.write(toFile: file, atomically: true, encoding: .utf8)
        process = try ChildProcess(program, arguments, in: folder)
    }

    func stop() { process.kill() }

    /// Returns the lines of a server that name its certificate.
    private static func makeCertificate(in folder: URL) throws -> String {
        let openssl = try ChildProcess(
            "/usr/bin/openssl",
            ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "certificate.pem"]
                + ["-days", "1", "-subj", "/CN=localhost"], in: folder)
        XCTAssertEqual(openssl.exitStatus(), 0)
        return "ssl_certificate \(folder.path)/certificate.pem; ssl_certificate_key \(folder.path)/key.pem;"
    }

    private static func nginx(
        _ port: String, _ servers: [String], _ folder: String, tls: String = "", prefix: String = ""
    ) -> String {
        // With a path in the address of `proxy_pass`, nginx takes the prefix away.
        let path = prefix.isEmpty ? "" : "/"
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
                    \(servers.map { "server 127.0.0.1:\($0) max_fails=0;" }.joined(separator: " "))
                    keepalive 16;
                }
                upstream sockets {
                    hash $arg_client consistent;
                    \(servers.map { "server 127.0.0.1:\($0) max_fails=0;" }.joined(separator: " "))
                    keepalive 16;
                }
                server {
                    listen 127.0.0.1:\(port)\(tls.isEmpty ? "" : " ssl");
                    \(tls)
                    proxy_http_version 1.1;
                    proxy_set_header Host $http_host;
                    proxy_set_header Upgrade $http_upgrade;
                    proxy_set_header Connection $connection_upgrade;
                    proxy_read_timeout 60s;
                    location \(prefix)/ { proxy_pass http://bookings\(path); }
                    location \(prefix)/socket.io/ { proxy_pass http://sockets\(path.isEmpty ? "" : "/socket.io/"); }
                }
            }
            """
    }

    private static func haproxy(_ port: String, _ servers: [String], _ lines: [String]) -> String {
        let names = servers.enumerated().map { "    server s\($0) 127.0.0.1:\($1)" }.joined(separator: "\n")
        return """
            defaults
                mode http
                timeout connect 5s
                timeout client 60s
                timeout server 60s
                timeout tunnel 60s
                option redispatch 1
                option httpchk GET /health/ready
                timeout check 5s
                default-server check inter 200ms fall 2 rise 1
                \(lines.joined(separator: "\n    "))
            frontend clients
                bind 127.0.0.1:\(port)
                use_backend sockets if { path_beg /socket.io/ }
                default_backend bookings
            backend bookings
            \(names)
            backend sockets
                balance url_param client
                hash-type consistent
            \(names)

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
