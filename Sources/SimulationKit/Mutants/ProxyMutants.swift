extension Mutant {
    static let proxies = [framesDropped, framesRepeated, framesSwapped, publishLost]

    static let framesDropped = Mutant(
        "proxy-drops-frames", "a proxy drops events", caughtBy: "event-gapless", in: .reminders,
        .socketProxy { FrameFilter { $0 % 5 == 4 ? [] : [$1] } })

    static let framesRepeated = Mutant(
        "proxy-repeats-frames", "a proxy repeats events", caughtBy: "event-gapless", in: .reminders,
        .socketProxy { FrameFilter { $0 % 5 == 4 ? [$1, $1] : [$1] } })

    static let framesSwapped = Mutant(
        "proxy-swaps-frames", "a proxy changes the order of events", caughtBy: "event-gapless", in: .rushHour,
        .socketProxy { FrameFilter(swaps: true) { [$1] } })

    static let publishLost = Mutant(
        "proxy-loses-publish", "a proxy diverts what is published in Redis", caughtBy: "converge", in: .reminders,
        .redisProxy { PublishFilter() })
}
