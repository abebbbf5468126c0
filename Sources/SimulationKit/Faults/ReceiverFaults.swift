extension Fault {
    /// The name of the windows in which receivers of webhooks fail.
    static let receiverWindow = "the receivers fail"

    static let receiverDown = receivers(
        "receiver-down", "the receivers of webhooks close connections instead of answering", .down)
    static let webhookAnswerLost = receivers(
        "webhook-answer-lost", "the receivers of webhooks accept a first attempt, and its answer is lost",
        .losesAnswers)

    private static func receivers(_ name: String, _ summary: String, _ failure: WebhookReceivers.Failure) -> Fault {
        outage(
            name, summary, of: .receivers, needs: .receivers, acts: .receivers, window: receiverWindow,
            healLabel: "receivers answer"
        ) { run, isBroken in run.receivers?.set(isBroken ? failure : nil) }
    }
}
