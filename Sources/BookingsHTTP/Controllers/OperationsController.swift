import Bookings
import HTTPTypes
import HummingbirdCore
import NIOCore

/// What operators ask: probes and metrics.
struct OperationsController: Sendable {
    private let dependencies: HTTPDependencies
    /// Why the database cannot be used, in words that may be shown to anyone; nil: it can.
    private let database: CachedProbe<String?>
    private let schema: CachedProbe<Bool>

    init(_ dependencies: HTTPDependencies) {
        self.dependencies = dependencies
        let ports = dependencies.ports
        database = CachedProbe(clock: ports.clock) {
            do throws(StoreError) {
                try await ports.store.ping()
                return nil
            } catch {
                return error.publicReason
            }
        }
        schema = CachedProbe(clock: ports.clock) {
            let migrations = (try? await ports.migrator.status()) ?? []
            return !migrations.isEmpty && migrations.allSatisfy(\.isApplied)
        }
    }

    /// The shape of NestJS Terminus. Only the database decides; the shared service may be down.
    func health(_ exchange: RequestContext, _ caller: Principal?) async throws -> Response {
        let fault = await database.answer()
        let isDatabaseUp = fault == nil
        let shared = await dependencies.ports.sharedService.status()
        let isStopping = !dependencies.isReady()
        let parts: [Part] = [("database", isDatabaseUp, nil, fault), Self.part(of: shared)]
        var writer = JSONWriter()
        writer.beginObject()
        Self.write("details", parts, to: &writer)
        Self.write("error", parts.filter { !$0.isUp }, to: &writer)
        Self.write("info", parts.filter { $0.isUp }, to: &writer)
        writer.name("status")
        writer.string(!isDatabaseUp ? "error" : isStopping ? "shutting_down" : "ok")
        writer.endObject()
        let status: HTTPResponse.Status = isDatabaseUp && !isStopping ? .ok : .serviceUnavailable
        return jsonResponse(writer.bytes, status: status, cacheControl: "no-store")
    }

    func live(_ exchange: RequestContext, _ caller: Principal?) async throws -> Response {
        status("ok", .ok)
    }

    func ready(_ exchange: RequestContext, _ caller: Principal?) async throws -> Response {
        guard dependencies.isReady() else { return status("shutting_down", .serviceUnavailable) }
        return await schema.answer() ? status("ok", .ok) : status("error", .serviceUnavailable)
    }

    func metrics(_ exchange: RequestContext, _ caller: Principal?) async throws -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: dependencies.metrics.exposition())))
    }

    private typealias Part = (name: String, isUp: Bool, mode: String?, reason: String?)

    private static func part(of shared: SharedServiceStatus) -> Part {
        switch shared {
        case .inProcess: ("redis", true, "in-process", nil)
        case .up: ("redis", true, nil, nil)
        case .down(let reason): ("redis", false, nil, reason)
        }
    }

    private static func write(_ name: StaticString, _ parts: [Part], to writer: inout JSONWriter) {
        writer.name(name)
        writer.beginObject()
        for part in parts {
            writer.name(dynamic: part.name)
            writer.beginObject()
            if let mode = part.mode {
                writer.name("mode")
                writer.string(mode)
            }
            if let reason = part.reason {
                writer.name("reason")
                writer.string(reason)
            }
            writer.name("status")
            writer.string(part.isUp ? "up" : "down")
            writer.endObject()
        }
        writer.endObject()
    }

    private func status(_ word: String, _ status: HTTPResponse.Status) -> Response {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("status")
        writer.string(word)
        writer.endObject()
        return jsonResponse(writer.bytes, status: status, cacheControl: "no-store")
    }
}

extension StoreError {
    /// For `/health`, which anybody may read: nothing of hosts, names or values.
    fileprivate var publicReason: String {
        switch self {
        case .unavailable: "does not answer"
        case .refusesWrites(let reason): reason
        case .misconfigured: "cannot be opened"
        case .corrupt: "answers what it should not"
        }
    }
}
