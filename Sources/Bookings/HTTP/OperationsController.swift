import HTTPTypes
import Hummingbird
import NIOCore

/// What operators ask: probes and metrics.
struct OperationsController: Sendable {
    private let house: HTTPDependencies

    init(_ house: HTTPDependencies) {
        self.house = house
    }

    /// The shape of NestJS Terminus. Only the database decides; the shared service may be down.
    func health(_ exchange: Exchange, _ caller: Principal?) async throws -> Response {
        let isDatabaseUp = await databaseAnswers()
        let shared = await house.ports.sharedService.status()
        let isStopping = !house.isReady()
        let parts: [Part] = [("database", isDatabaseUp, nil), Self.part(of: shared)]
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

    func live(_ exchange: Exchange, _ caller: Principal?) async throws -> Response {
        status("ok", .ok)
    }

    func ready(_ exchange: Exchange, _ caller: Principal?) async throws -> Response {
        guard house.isReady() else { return status("shutting_down", .serviceUnavailable) }
        let migrations = (try? await house.ports.migrator.status()) ?? []
        let isReady = !migrations.isEmpty && migrations.allSatisfy(\.isApplied)
        return isReady ? status("ok", .ok) : status("error", .serviceUnavailable)
    }

    func metrics(_ exchange: Exchange, _ caller: Principal?) async throws -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: house.metrics.exposition())))
    }

    private func databaseAnswers() async -> Bool {
        do {
            try await house.ports.store.ping()
            return true
        } catch {
            return false
        }
    }

    private typealias Part = (name: String, isUp: Bool, mode: String?)

    private static func part(of shared: SharedServiceStatus) -> Part {
        switch shared {
        case .inProcess: ("redis", true, "in-process")
        case .up: ("redis", true, nil)
        case .down: ("redis", false, nil)
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
