extension Fault {
    /// The name of the windows in which the key server fails.
    static let keyServerWindow = "the key server fails"

    static let keysDown = keyServer("keys-down", "the key server closes connections instead of answering", .down)
    static let keysSlow = keyServer("keys-slow", "the key server sends its answers in two parts", .slow)
    static let keysWrong = keyServer("keys-wrong", "the key server answers with a page instead of keys", .wrongContent)

    private static func keyServer(_ name: String, _ summary: String, _ failure: KeyServer.Failure) -> Fault {
        Fault(
            name: name, summary: summary, needs: [.keyServer], acts: .keyServer, windows: { _ in [keyServerWindow] },
            draw: { fault, plan, draft in plan.addBoth(fault, on: .keyServer, draft) },
            begin: { _, run in
                try await run.replicas.openWindow(keyServerWindow)
                run.keys?.set(failure)
            },
            heal: { _, run in
                run.keys?.set(nil)
                await run.replicas.closeWindow(keyServerWindow)
            },
            label: { _ in name }, healLabel: "keys can be read")
    }
}
