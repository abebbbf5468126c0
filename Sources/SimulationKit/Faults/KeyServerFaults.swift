extension Fault {
    /// The name of the windows in which the key server fails.
    static let keyServerWindow = "the key server fails"

    static let keysDown = keyServer("keys-down", "the key server closes connections instead of answering", .down)
    static let keysSlow = keyServer("keys-slow", "the key server sends its answers in two parts", .slow)
    static let keysWrong = keyServer("keys-wrong", "the key server answers with a page instead of keys", .wrongContent)

    private static func keyServer(_ name: String, _ summary: String, _ failure: KeyServer.Failure) -> Fault {
        outage(
            name, summary, of: .keyServer, needs: .keyServer, acts: .keyServer, window: keyServerWindow,
            healLabel: "keys can be read"
        ) { run, isBroken in run.keys?.set(isBroken ? failure : nil) }
    }
}
