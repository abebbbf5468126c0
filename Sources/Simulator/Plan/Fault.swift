import Bookings

/// Something that goes wrong, or is mended.
enum Fault: Codable, Hashable, Sendable {
    /// The replica dies: at once, or when it passes a point for the nth time from now.
    case crash(replica: Int, at: CrashPoint?, hit: Int)
    /// SIGTERM: the replica ends in order.
    case shutdown(replica: Int)
    /// A dead replica comes up again.
    case restart(replica: Int)
    /// A dead replica comes up again; a live one stays as it is, with what is armed.
    case restartIfDead(replica: Int)
    /// The replica does nothing from here on, and knows nothing of it.
    case pause(replica: Int)
    case resume(replica: Int)
    /// The replica's next write is committed, and its answer is lost on the way back.
    case loseAnswer(replica: Int)
    case storeDown(replica: Int)
    case storeUp(replica: Int)
    /// Announcements of new events reach nobody.
    case busDown
    case busUp
    /// Redis forgets everything. Nothing, where there is none.
    case redisFlush
    /// Redis is killed and comes back empty.
    case redisRestart
    /// PostgreSQL is restarted at once, as after a crash. Nothing, where there is none.
    case postgresRestart
    /// The connections of all sockets of the replica are cut.
    case dropSockets(replica: Int)
    /// The socket's connection is cut after so many more bytes from the server.
    case cutSocket(String, afterBytes: Int)
    /// The machine's clock jumps, by milliseconds.
    case stepClock(replica: Int, by: Int64)
    /// Reminders that are due are not fired before `releaseReminders`: what is done between comes after the look for
    /// what is due, and before its claim.
    case holdReminders(replica: Int)
    case releaseReminders(replica: Int)
}

/// The places in a replica's work at which it can die.
enum CrashPoint: String, Codable, CaseIterable, Sendable {
    case writeBefore = "write:before"
    /// Committed, and nobody was told.
    case writeAfter = "write:after"
    case keepBefore = "keep:before"
    case keepAfter = "keep:after"
    case fireBefore = "fire:before"
    /// Recorded, and nobody was told.
    case fireAfter = "fire:after"
    case relayBefore = "relay:before"
    case relayAfter = "relay:after"
    case announceBefore = "announce:before"
    case announceAfter = "announce:after"
}
