/// What is wrong with a Redis URL or with what a Redis sends.
package enum RedisError: Error, Hashable, Sendable {
    /// The URL cannot be used, for the reason, which quotes no part of it.
    case malformed(String)
    /// What arrived is not RESP, or is larger than any reply to the commands of this service.
    case invalidReply(String)
}
