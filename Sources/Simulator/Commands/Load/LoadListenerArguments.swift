import ArgumentParser
import LoadTest

/// Which events a load test listens to.
struct LoadListenerArguments: ParsableArguments {
    @Option(help: "The number of Socket.IO connections, spread over the providers.")
    var sockets = 0

    @Option(help: "The number of Socket.IO clients by long-polling.")
    var pollers = 0

    @Option(help: "The number of event streams.")
    var streams = 0

    @Option(help: "The number of reminders that are due during the load, spread evenly over it.")
    var reminders = 0

    @Option(help: "The reminder lead of the service. Default: what GET /health reports.")
    var lead: LoadSpan?

    func validate() throws {
        for (name, count) in [("sockets", sockets), ("pollers", pollers), ("streams", streams)] {
            guard (0...1_000_000).contains(count) else {
                throw ValidationError("--\(name) must be from 0 to 1000000.")
            }
        }
        guard (0...1_000_000).contains(reminders) else {
            throw ValidationError("--reminders must be from 0 to 1000000.")
        }
    }

    func apply(to settings: inout LoadSettings) {
        settings.sockets = sockets
        settings.pollers = pollers
        settings.streams = streams
        settings.reminders = reminders
        settings.lead = lead?.duration
    }
}
