/// How fast the audit goes on: each step is followed by a pause in proportion to the time that it took, so that the audit
/// takes no more than a share of a core, in this process and in the database together.
package struct AuditPace: Hashable, Sendable {
    /// The share of a core, in percent.
    package let percent: Int

    private static let shortest = Duration.milliseconds(20)
    /// Between two rounds. A small database is not read all the time.
    private static let betweenRounds = Duration.seconds(5)

    /// Creates a pace; `percent` is from 1 to 100.
    package init(percent: Int) {
        self.percent = percent
    }

    /// Returns how long to pause after a step of this length.
    package func pause(after step: Duration, endsRound: Bool) -> Duration {
        max(endsRound ? Self.betweenRounds : Self.shortest, step * (100 - percent) / percent)
    }
}
