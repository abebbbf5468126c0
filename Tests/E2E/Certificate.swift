import Foundation
import XCTest

@testable import SimulationKit

/// A certificate for 127.0.0.1 that openssl has signed with its own key.
struct Certificate {
    let certificate: URL
    let key: URL

    /// The variables of a server with this certificate.
    var variables: [String: String] { ["TLS_CERT_FILE": certificate.path, "TLS_KEY_FILE": key.path] }

    /// Makes a certificate for the common name in a folder.
    static func make(_ name: String, in folder: URL) throws -> Certificate {
        let result = Certificate(
            certificate: folder.appendingPathComponent("\(name).pem"),
            key: folder.appendingPathComponent("\(name).key"))
        let openssl = try ChildProcess(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                "-subj", "/CN=\(name)", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", result.key.path, "-out",
                result.certificate.path,
            ], in: folder)
        XCTAssertEqual(openssl.exitStatus(), 0)
        return result
    }

    /// Replaces the files of this certificate by those of another one, as a renewal does.
    func replace(by other: Certificate) throws {
        for (old, new) in [(certificate, other.certificate), (key, other.key)] {
            try Data(contentsOf: new).write(to: old, options: .atomic)
        }
    }
}

extension TestServer {
    /// Starts a server with a certificate of its own. Its client negotiates HTTP/2.
    static func startWithTLS(_ environment: [String: String] = [:]) async throws -> TestServer {
        let folder = try makeFolder()
        let certificate = try Certificate.make("first", in: folder)
        return try await start(environment.merging(certificate.variables) { $1 }, in: folder)
    }
}
