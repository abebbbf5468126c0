/// A rare situation that a run may reach, counted to show that the tests do reach it.
///
/// A mark without `count` is counted by the fault that causes it, while the run goes on; the others are counted in the
/// history afterwards.
package struct CoverageMark: Sendable {
    /// The name in reports and in the history.
    package let name: String
    /// The situation, in one sentence.
    package let summary: String
    /// Whether it can be reached only with PostgreSQL and Redis.
    package let needsServices: Bool
    /// Whether a soak must reach it.
    package let isRequired: Bool
    /// Returns how often a history reached it.
    private let count: (@Sendable (History) -> Int)?

    init(
        _ name: String, _ summary: String, needsServices: Bool = false, isRequired: Bool = true,
        count: (@Sendable (History) -> Int)? = nil
    ) {
        self.name = name
        self.summary = summary
        self.needsServices = needsServices
        self.isRequired = isRequired
        self.count = count
    }

    /// The registry of all marks. A new one is a value and its name here.
    package static let all: [CoverageMark] = [
        .cancelBetweenLookAndClaim, .commitAnswerLost, .crashAfterCommit, .crashAfterFire, .busLostAnnouncement,
        .stalledReader, .stalledReaderDropped, .storeSlow, .statementCut, .databaseAnswerLost, .serializationFailure,
        .deadlock, .redisLostWrites, .conflict, .preconditionFailed, .replay, .replayAfterLostAnswer,
        .retryOnAnotherReplica, .requestInProgress, .raceWonByOne, .unknownOutcome, .repeatOfAction, .lateReminder,
        .reminderOfMovedBooking, .twoRemindersOfTwoLeads, .remindersSameInstant, .resumeWithGap, .insertBetweenPages,
        .boundaryPartition, .resync, .webhookRetried, .webhookRepeated, .webhookTakenOver,
    ]

    /// Returns how often each mark was reached, by name, without those that were not.
    package static func count(_ history: History) -> [String: Int] {
        all.reduce(into: history.marks) { marks, mark in
            if let count = mark.count?(history), count > 0 { marks[mark.name, default: 0] += count }
        }
    }
}

extension CoverageMark: Hashable {
    package static func == (left: Self, right: Self) -> Bool { left.name == right.name }
    package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// The marks that faults count while the run goes on.
extension CoverageMark {
    static let cancelBetweenLookAndClaim = CoverageMark(
        "cancel-between-look-and-claim", "a booking was changed between the query for due reminders and their claim")
    static let commitAnswerLost = CoverageMark(
        "commit-answer-lost", "a write was committed and the store's answer was lost")
    static let crashAfterCommit = CoverageMark(
        "crash-after-commit", "a replica crashed after a commit and before any answer or announcement")
    static let crashAfterFire = CoverageMark(
        "crash-after-fire", "a replica crashed after it recorded reminders and before it announced them")
    static let busLostAnnouncement = CoverageMark(
        "bus-lost-announcement", "an announcement of new events reached no replica")
    static let storeSlow = CoverageMark("store-slow", "the store answered slowly")
    static let statementCut = CoverageMark(
        "statement-cut", "a connection to the database was cut in the middle of a statement", needsServices: true)
    static let databaseAnswerLost = CoverageMark(
        "database-answer-lost", "the database committed and its answer was lost with the connection",
        needsServices: true)
    static let serializationFailure = CoverageMark(
        "serialization-failure", "the database rejected a transaction with a serialization failure",
        needsServices: true)
    static let deadlock = CoverageMark(
        "deadlock", "the database rejected a transaction because of a deadlock", needsServices: true)
    static let redisLostWrites = CoverageMark(
        "redis-lost-writes", "a Redis failover lost keys that were newer than its snapshot", needsServices: true)
}
