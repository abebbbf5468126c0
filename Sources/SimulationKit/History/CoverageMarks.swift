import Bookings

/// A situation so rare that a run which says nothing of it may never have been in it.
package enum CoverageMark: String, CaseIterable, Codable, Sendable {
    // Counted by the world while it runs.
    case cancelBetweenLookAndClaim = "cancel-between-look-and-claim"
    case commitAnswerLost = "commit-answer-lost"
    case crashAfterCommit = "crash-after-commit"
    case crashAfterFire = "crash-after-fire"
    case busLostAnnouncement = "bus-lost-announcement"
    case stalledReader = "stalled-reader"
    case stalledReaderDropped = "stalled-reader-dropped"
    case storeSlow = "store-slow"
    case statementCut = "statement-cut"
    case databaseAnswerLost = "database-answer-lost"
    case serializationFailure = "serialization-failure"
    case deadlock
    case redisLostWrites = "redis-lost-writes"
    // Read from the history.
    case conflict
    case preconditionFailed = "precondition-failed"
    case replay
    case replayAfterLostAnswer = "replay-after-lost-answer"
    case retryOnAnotherReplica = "retry-on-another-replica"
    case requestInProgress = "request-in-progress"
    case raceWonByOne = "race-won-by-one"
    case unknownOutcome = "unknown-outcome"
    case repeatOfAction = "repeat-of-action"
    case lateReminder = "late-reminder"
    case reminderOfMovedBooking = "reminder-of-moved-booking"
    case twoRemindersOfTwoLeads = "two-reminders-of-two-leads"
    case remindersSameInstant = "reminders-same-instant"
    case resumeWithGap = "resume-with-gap"
    case insertBetweenPages = "insert-between-pages"
    case boundaryPartition = "boundary-partition"

    /// Whether nothing reaches it without PostgreSQL and Redis.
    package var needsServices: Bool {
        switch self {
        case .statementCut, .databaseAnswerLost, .serializationFailure, .deadlock, .redisLostWrites: true
        default: false
        }
    }

    package var says: String {
        switch self {
        case .cancelBetweenLookAndClaim: "a booking was cancelled between the look for due reminders and the claim"
        case .commitAnswerLost: "a write was committed and its answer lost on the way back from the store"
        case .crashAfterCommit: "a replica died after a commit, before anybody was told"
        case .crashAfterFire: "a replica died after it recorded reminders, before anybody was told"
        case .busLostAnnouncement: "an announcement of new events reached nobody"
        case .stalledReader: "a client that had stopped reading got what had waited for it"
        case .stalledReaderDropped: "a client that did not read was dropped"
        case .storeSlow: "the store took its time"
        case .statementCut: "a connection to the database was cut in the middle of a statement"
        case .databaseAnswerLost: "the database committed, and its answer was lost with the connection"
        case .serializationFailure: "the database refused a transaction because it could not be put in an order"
        case .deadlock: "the database refused a transaction because of a deadlock"
        case .redisLostWrites: "Redis lost keys that were newer than what a failover came back to"
        case .conflict: "a slot was refused because it was held"
        case .preconditionFailed: "an If-Match named another version"
        case .replay: "a key got its first answer again"
        case .replayAfterLostAnswer: "a key whose first answer was lost got it after all"
        case .retryOnAnotherReplica: "a request was repeated with its key on another replica"
        case .requestInProgress: "a key was used while its first request ran"
        case .raceWonByOne: "of requests for one slot at one moment one won, and another was refused"
        case .unknownOutcome: "nobody could tell whether a write was done"
        case .repeatOfAction: "an action was repeated, and changed nothing"
        case .lateReminder: "a reminder was late and said so"
        case .reminderOfMovedBooking: "a booking was reminded of at times to which it was moved"
        case .twoRemindersOfTwoLeads: "a booking was reminded of by two leads"
        case .remindersSameInstant: "ten reminders or more were recorded at one instant"
        case .resumeWithGap: "a socket came back and got what it had missed"
        case .insertBetweenPages: "a booking was made between two pages of a walk"
        case .boundaryPartition: "upcoming and past were read at the very instant at which a booking ended"
        }
    }
}

extension CoverageMark {
    /// Whether a soak has to reach it.
    package var isDemanded: Bool {
        switch self {
        // In both stores a second request with the key waits for the first, and gets its answer. A deployed service
        // of another kind may say so.
        case .requestInProgress: false
        default: true
        }
    }

    /// How often each was reached: what the world counted, and what the history shows. Zeros are left out.
    package static func count(_ history: History) -> [String: Int] {
        let shown = [countCalls(history), countRetries(history), countReminders(history), countPages(history)]
        return shown.flatMap { $0 }.reduce(into: history.marks) { marks, shown in
            if shown.value > 0 { marks[shown.key.rawValue, default: 0] += shown.value }
        }
    }
}
