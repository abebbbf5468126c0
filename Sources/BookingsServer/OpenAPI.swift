import ArgumentParser
import Bookings
import BookingsHTTP

struct OpenAPI: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openapi", abstract: "Print the description of the service (OpenAPI 3.1).")

    func run() async throws {
        print(String(decoding: OpenAPIDocument.json, as: UTF8.self))
    }
}
