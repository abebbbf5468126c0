import ArgumentParser
import Bookings
import BookingsHTTP

/// Prints the document that the service serves as `/openapi.json`.
struct OpenAPI: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openapi", abstract: "Print the description of the HTTP interface (OpenAPI 3.1).")

    func run() async throws {
        print(String(decoding: DocumentController.openAPIDocument, as: UTF8.self))
    }
}
