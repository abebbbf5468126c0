import ArgumentParser
import LoadTest

extension LoadTarget: ExpressibleByArgument {}
extension LoadHeader: ExpressibleByArgument {}
extension LoadSpan: ExpressibleByArgument {}
extension LoadShape: ExpressibleByArgument {}
extension LoadMix: ExpressibleByArgument {}
extension LoadObjective: ExpressibleByArgument {}

/// The service that a load test is run against.
struct LoadServiceArguments: ParsableArguments {
    @Option(help: "The URL of the service: http://127.0.0.1:3000, https://bookings.example/api.")
    var target: LoadTarget

    @Option(help: "A header field of every request, such as 'X-Tenant: 7'. May be repeated.")
    var header: [LoadHeader] = []

    @Flag(help: "Accept any TLS certificate.")
    var insecure = false

    @Option(help: "How long to wait for a response.")
    var timeout = LoadSpan(.seconds(10))

    @Option(help: "The secret that signs the tokens. Default: JWT_SECRET; without it POST /auth/token issues them.")
    var secret: String?

    var loadTarget: LoadTarget {
        var target = target
        target.headers = header
        target.isInsecure = insecure
        return target
    }
}
