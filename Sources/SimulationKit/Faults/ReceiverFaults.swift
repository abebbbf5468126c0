extension Fault {
    /// The name of the windows in which receivers of webhooks fail.
    static let receiverWindow = "the receivers fail"

    static let receiverDown = receivers(
        "receiver-down", "the receivers of webhooks close connections instead of answering", .down)
    static let webhookAnswerLost = receivers(
        "webhook-answer-lost", "the receivers of webhooks accept a first attempt, and its answer is lost",
        .losesAnswers)

    private static func receivers(_ name: String, _ summary: String, _ failure: WebhookReceivers.Failure) -> Fault {
        Fault(
            name: name, summary: summary, needs: [.receivers], acts: .receivers, windows: { _ in [receiverWindow] },
            draw: { fault, plan, draft in plan.addBoth(fault, on: .receivers, draft) },
            begin: { _, run in
                try await run.replicas.openWindow(receiverWindow)
                run.receivers?.set(failure)
            },
            heal: { _, run in
                run.receivers?.set(nil)
                await run.replicas.closeWindow(receiverWindow)
            },
            label: { _ in name }, healLabel: "receivers answer")
    }
}
