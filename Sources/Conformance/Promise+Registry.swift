extension Promise {
    /// Every promise, in the order of the score card.
    package static let all =
        seed + stores + ownership + writes + reads + problems + realtime + cursors + transports + guarantees + reminders
        + clock
}
