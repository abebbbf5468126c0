/// The address of a service or of one replica.
package struct Address: Codable, Hashable, Sendable {
    package var host = "127.0.0.1"
    package let port: Int

    package var url: String { "http://\(host):\(port)" }
}
