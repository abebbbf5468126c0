extension Fault {
    /// Closes a socket's connection after `amount` more bytes from the server, most likely within a frame.
    static let midFrame = Fault(
        name: "mid-frame", summary: "a socket's connection is closed within a frame", needs: [.socketProxies],
        actsOnClients: true, acts: .socket,
        draw: { fault, plan, draft in
            plan.begin(fault, on: .socket("admin"), amount: Int64(plan.number(1..<900)), at: draft.begin)
        },
        begin: { event, run in
            await run.sockets.cutSocket(event.target.socket, afterBytes: Int(event.amount ?? 0))
        },
        label: { "cut after \($0.amount ?? 0) bytes" })
}
