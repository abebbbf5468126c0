extension Fault {
    /// Every fault that can be injected, in the order in which they are drawn from and listed.
    package static let all: [Fault] =
        [crash(nil)] + CrashPoint.allCases.map { crash($0) } + [
            shutdown, pause, lostAnswer, storeDown, busDown, redisFlush, redisRestart, postgresRestart, dropSockets,
            midFrame, clockStep, holdReminders, stalledReader, redisFailover, postgresSlow, postgresCut,
            postgresAnswerLost, serializationFailure, deadlock, droppedReader, keysDown, keysSlow, keysWrong,
            receiverDown, webhookAnswerLost,
        ]

    /// The faults that the scenario `everything` draws from.
    static let drawnByScenarios = all.filter { if case .byScenarios = $0.drawn { true } else { false } }

    /// The faults that a soak draws from.
    static func drawnBySoaks(on stores: Stores) -> [Fault] {
        all.filter { stores == .services || !$0.needsServices }
    }
}
