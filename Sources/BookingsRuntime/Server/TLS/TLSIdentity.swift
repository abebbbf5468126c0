import Bookings
import FoundationEssentials
import NIOSSL

/// The files of a certificate and its key (`TLS_CERT_FILE`, `TLS_KEY_FILE`).
package struct TLSFiles: Hashable, Sendable {
    /// The path of a PEM file with the certificate, and behind it the intermediate ones.
    package var certificate: String
    /// The path of a PEM file with the private key.
    package var key: String
}

/// Why the files of a certificate cannot be used.
enum TLSFileError: Error, Hashable, CustomStringConvertible {
    case unreadableCertificate
    case invalidCertificate
    case unreadableKey
    case invalidKey
    case keyMismatch

    /// Names the variable and what it takes.
    var description: String {
        switch self {
        case .unreadableCertificate: "TLS_CERT_FILE must be the path of a readable file."
        case .invalidCertificate:
            "TLS_CERT_FILE must be a PEM file with a certificate, followed by its intermediate ones."
        case .unreadableKey: "TLS_KEY_FILE must be the path of a readable file."
        case .invalidKey: "TLS_KEY_FILE must be a PEM file with a private key that is not encrypted."
        case .keyMismatch: "TLS_KEY_FILE must hold the key of the first certificate of TLS_CERT_FILE."
        }
    }
}

/// A certificate with its key, as connections use them.
struct TLSIdentity: Sendable {
    /// The protocols that are offered (ALPN, RFC 7301), the preferred one first.
    static let protocols = ["h2", "http/1.1"]

    let context: NIOSSLContext
    /// The time from which on clients take the certificate, and until when.
    let validity: ClosedRange<Timestamp>

    /// Reads the files.
    init(reading files: TLSFiles) throws(TLSFileError) {
        let chain = try Self.certificates(files.certificate)
        guard let leaf = chain.first else { throw .invalidCertificate }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(try Self.privateKey(files.key)))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = Self.protocols
        // Certificate and key are valid by themselves, so that nothing else is left to be refused.
        guard let context = try? NIOSSLContext(configuration: configuration) else { throw .keyMismatch }
        self.context = context
        let (from, to) = (Int64(leaf.notValidBefore), Int64(leaf.notValidAfter))
        validity = Timestamp(milliseconds: from * 1000)...Timestamp(milliseconds: max(from, to) * 1000)
    }

    private static func certificates(_ path: String) throws(TLSFileError) -> [NIOSSLCertificate] {
        guard let bytes = try? Data(contentsOf: URL(filePath: path)) else { throw .unreadableCertificate }
        guard let chain = try? NIOSSLCertificate.fromPEMBytes(Array(bytes)) else { throw .invalidCertificate }
        return chain
    }

    private static func privateKey(_ path: String) throws(TLSFileError) -> NIOSSLPrivateKey {
        guard let bytes = try? Data(contentsOf: URL(filePath: path)) else { throw .unreadableKey }
        // The callback keeps the library from asking for a passphrase.
        guard let key = try? NIOSSLPrivateKey(bytes: Array(bytes), format: .pem, passphraseCallback: { $0([UInt8]()) })
        else { throw .invalidKey }
        return key
    }
}
