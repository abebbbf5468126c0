import Bookings
import BookingsAuth
import BookingsRuntime
import NIOCore
import SimulationKit

/// The providers of a load test: a function of the seed and of the instant at which it was started, so that every process
/// has the same.
struct LoadUsers {
    private let users: [LoadUser]
    let marks: LoadMarks
    let firstSlot: Timestamp

    /// The number of hours, some thousand years, in which the slots of a load with users of a data file begin.
    private static let distances: Int64 = 50_000_000

    init(_ settings: LoadSettings) {
        var generator = SeededGenerator(seed: settings.seed, for: "load of \(settings.startedAt.milliseconds)")
        marks = LoadMarks(generator.next())
        let drawn = (0..<settings.providers).map { _ in LoadUser(provider: generator.identifier(), token: nil) }
        users = settings.users.isEmpty ? drawn : settings.users
        // After the end of the load, and its reminders after that end as well.
        let hour: Int64 = 3_600_000
        let margin = settings.shape.duration + .seconds(7 * 86_400 + 3 * 3600)
        // The slots of users that are not drawn may be taken by an earlier load: they are drawn in their place.
        let distance = settings.users.isEmpty ? 0 : Int64.random(in: 0..<Self.distances, using: &generator)
        let first = (settings.startedAt.milliseconds / hour + 1 + distance) * hour
        firstSlot = Timestamp(milliseconds: first) + margin
    }

    /// The users of one part.
    func part(_ part: Int, of parts: Int) -> LoadUsers {
        LoadUsers(users.enumerated().filter { $0.offset % parts == part }.map(\.element), marks, firstSlot)
    }

    private init(_ users: [LoadUser], _ marks: LoadMarks, _ firstSlot: Timestamp) {
        self.users = users
        self.marks = marks
        self.firstSlot = firstSlot
    }

    /// Creates the states of the providers. A token that neither the data file nor the secret gives is empty.
    func states(_ settings: LoadSettings, clock: any WallClock) -> [ProviderState] {
        let issuer = settings.secret.map {
            TokenIssuer(
                secret: Array($0.utf8), issuer: ProcessEnvironment.value("JWT_ISSUER"),
                audience: ProcessEnvironment.value("JWT_AUDIENCE"), clock: clock)
        }
        return users.map { user in
            let subject = Subject(user.provider.description)
            let signed = subject.flatMap {
                issuer?.token(
                    subject: $0, roles: [Role.provider.rawValue], lifetime: settings.shape.duration + .seconds(7200))
            }
            return ProviderState(
                id: user.provider, token: user.token ?? signed ?? "", target: settings.target, marks: marks,
                firstSlot: firstSlot)
        }
    }
}
