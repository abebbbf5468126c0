import Bookings
import BookingsPostgres
import BookingsRedis
import FoundationEssentials

extension Composition {
    /// Returns an error message for each value that only its adapter can validate. Connects to nothing.
    package static func validationErrors(of configuration: ServiceConfiguration) -> [String] {
        [
            databaseError(configuration.database), redisError(configuration.redisURL),
            keySetURLError(configuration.jwksURL), keySetFileError(configuration.jwksFile),
            tlsError(configuration.tlsFiles),
        ].compactMap { $0 }
    }

    private static func databaseError(_ database: DatabaseSetting) -> String? {
        guard case .postgres(let url) = database, let reason = PostgresURL.problem(in: url) else { return nil }
        return "DATABASE_URL must be a URL that libpq can parse: \(reason)."
    }

    private static func redisError(_ url: String?) -> String? {
        guard let url else { return nil }
        do {
            guard let path = try RedisTarget(url: url).authorities, !isReadable(path) else { return nil }
            return "REDIS_URL must name a readable file as its cacert."
        } catch RedisError.malformed(let reason) {
            return "REDIS_URL must have the form redis[s]://[user[:password]@]host[:port][/database]: \(reason)."
        } catch {
            return "REDIS_URL cannot be parsed."
        }
    }

    private static func keySetURLError(_ url: String?) -> String? {
        guard let url, KeySetAddress(url) == nil else { return nil }
        return invalidKeySetURL
    }

    private static func keySetFileError(_ path: String?) -> String? {
        guard let path, !isReadable(path) else { return nil }
        return unreadableKeySetFile
    }

    private static func tlsError(_ files: TLSFiles?) -> String? {
        guard let files else { return nil }
        do throws(TLSFileError) {
            _ = try TLSIdentity(reading: files)
            return nil
        } catch {
            return error.description
        }
    }

    static let invalidKeySetURL = "JWT_JWKS_URL must have the form \(KeySetAddress.form)."
    static let unreadableKeySetFile = "JWT_JWKS_FILE must be the path of a readable file."

    static func isReadable(_ path: String) -> Bool { FileManager.default.isReadableFile(atPath: path) }
}
