import Bookings

/// Why a request to the control API of a `ServedCluster` cannot be met.
package enum ServeError: Error, CustomStringConvertible {
    case instantHasPassed(Timestamp)
    case instantIsTooFar
    case noReminderWaits
    case noReplicaAnswers
    case noSuchReplica(Int)
    case faultLasts(String)
    case faultIsNotActive(String)
    case faultNeedsServices(String)
    case faultIsOfRuns(String)
    case wrongCursor
    case tooMuchToJudge(Int)
    case noAnswer(String)

    package var description: String {
        switch self {
        case .instantHasPassed(let now): "the clock stands at \(RFC3339.string(now)) and does not move back"
        case .instantIsTooFar: "the clock moves by at most 366 days at once"
        case .noReminderWaits: "no reminder waits"
        case .noSuchReplica(let count): "replica must be from 0 to \(count - 1)"
        case .faultLasts(let name): "\(name) lasts already: DELETE /faults/\(name) repairs it"
        case .faultIsNotActive(let name): "\(name) does not last now"
        case .faultNeedsServices(let name): "\(name) is a fault of PostgreSQL or Redis: it requires --stores services"
        case .faultIsOfRuns(let name):
            "\(name) acts on a key server or receivers, which only the simulator's own runs have"
        case .noReplicaAnswers: "a fault keeps every replica from answering"
        case .wrongCursor: "cursor must be the next_cursor of an earlier answer"
        case .tooMuchToJudge(let most): "more than \(most) events or bookings are not judged: POST /reset begins anew"
        case .noAnswer(let reason): "the service gave no answer: \(reason)"
        }
    }

    /// The status with which the control API answers.
    var status: Int {
        switch self {
        case .instantHasPassed, .instantIsTooFar, .noSuchReplica, .wrongCursor: 400
        case .faultIsNotActive: 404
        case .noReminderWaits, .faultLasts, .faultNeedsServices, .faultIsOfRuns, .tooMuchToJudge: 409
        case .noReplicaAnswers, .noAnswer: 503
        }
    }
}
