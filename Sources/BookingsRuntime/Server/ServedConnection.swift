/// A connection of the server that carries requests, whatever its protocol is. It is used on its event loop only.
protocol ServedConnection: AnyObject {
    /// What the connection does now.
    var activity: HTTPConnectionState.Activity { get }

    /// Time has passed: deadlines are checked.
    func tick()

    /// The server shuts down: the client is told to send its next requests on another connection.
    func drain()

    /// The server accepts no connections any more: the connection closes when no request comes soon.
    func closeSoonWhenIdle()
}

extension HTTPConnectionHandler: ServedConnection {}
