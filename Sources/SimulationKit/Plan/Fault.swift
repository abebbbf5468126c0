import Bookings

/// Something that goes wrong, or is mended.
package enum Fault: Codable, Hashable, Sendable {
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
    /// What Redis holds now is what a failover comes back to. Nothing, where there is none.
    case redisSnapshot
    /// Redis is killed, and what takes over lacks all that was written since the snapshot.
    case redisFailover
    /// PostgreSQL is restarted at once, as after a crash. Nothing, where there is none.
    case postgresRestart
    /// Each answer of the database comes so many milliseconds later, in real time.
    case postgresSlow(milliseconds: Int)
    case postgresFast
    /// The connection that sends the next statement is cut in the middle of it.
    case postgresCut
    /// The database commits the next write, and its connection is cut instead of the answer.
    case postgresLoseAnswer
    /// Neither of the two lies in wait any longer.
    case postgresMend
    /// The database itself refuses the next transactions that append to the log.
    case postgresRefuse(PostgresRefusal, times: Int)
    case postgresAccept
    /// The connections of all sockets of the replica are cut.
    case dropSockets(replica: Int)
    /// The socket's connection is cut after so many more bytes from the server.
    case cutSocket(String, afterBytes: Int)
    /// The socket's client reads nothing any more, and keeps its connection.
    case stallSocket(String)
    case unstallSocket(String)
    /// The machine's clock jumps, by milliseconds.
    case stepClock(replica: Int, by: Int64)
    /// Reminders that are due are not fired before `releaseReminders`: what is done between comes after the look for
    /// what is due, and before its claim.
    case holdReminders(replica: Int)
    case releaseReminders(replica: Int)
}

/// Why a database asks for a transaction to be tried again.
package enum PostgresRefusal: String, Codable, CaseIterable, Sendable {
    case serializationFailure = "40001"
    case deadlock = "40P01"
}

/// The places in a replica's work at which it can die.
package enum CrashPoint: String, Codable, CaseIterable, Sendable {
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
