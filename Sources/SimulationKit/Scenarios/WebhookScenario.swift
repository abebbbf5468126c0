import Bookings

// The scenario about webhooks.

extension PlanBuilder {
    private static let second: Int64 = 1000

    /// Bookings are made and changed in bursts, while the receivers of webhooks behave in every way, owners change their
    /// webhooks, and replicas die or pause with deliveries under way.
    mutating func webhooks(_ count: Int) {
        let labels = settings.hasReceivers ? addWebhooks(ReceiverKind.allCases) : []
        let spacing = until * 4 / 5 / Int64(max(count / 4, 1))
        for burst in 0..<count / 4 {
            let at = Self.minute + Int64(burst) * spacing
            burstOfBookings(at: at)
            guard !labels.isEmpty else { continue }
            if chance(70) { injectDeliveryFault(at: at) }
            changeWebhook(pick(labels), at: at + spacing / 2)
            // A receiver that answered 410 is ready again.
            if burst % 3 == 2 {
                for label in labels where label.hasPrefix(ReceiverKind.gone.rawValue) {
                    manage(label, .resume, at: at + spacing * 2 / 3)
                }
            }
        }
    }

    /// Adds a webhook with a receiver of each kind: those of providers and of the admin alternate, and so does the order of
    /// deliveries. Returns their labels.
    @discardableResult
    mutating func addWebhooks(_ kinds: [ReceiverKind]) -> [String] {
        kinds.enumerated().map { index, kind in
            let owner = index % 2 == 0 ? "all" : "\(index / 2 % settings.providers)"
            let label = "\(kind.rawValue)-\(owner)"
            manage(label, .add(receiver: kind, isOrdered: index % 4 < 2), at: Int64(index))
            return label
        }
    }

    private mutating func manage(_ label: String, _ request: WebhookRequest, at instant: Int64) {
        let owner = label.split(separator: "-").last.flatMap { Int($0) }
        add(at: instant, owner.map(Caller.provider) ?? .admin, .webhook(label, request))
    }

    private mutating func burstOfBookings(at burst: Int64) {
        for index in 0..<Int64(4) {
            let at = burst + index * instant(0..<2 * Self.second)
            // Some are due for their reminder soon.
            let start = at + instant(11 * Self.minute..<2 * Self.hour)
            let label = book(at: at, provider: Int(index) % settings.providers, start: start, minutes: number(5..<20))
            if chance(50) { act(at: at + 1, label, .confirm) }
            if chance(40) {
                act(at: at + 2, label, .reschedule, start: start + 3 * Self.hour, minutes: number(5..<20))
            }
            if chance(40) { act(at: at + instant(3..<20 * Self.second), label, .cancel) }
        }
    }

    private mutating func changeWebhook(_ label: String, at instant: Int64) {
        switch number(0..<6) {
        case 0, 1: manage(label, .rotateSecret, at: instant)
        case 2, 3: manage(label, .replay(Int64(number(1..<60)) * Self.minute), at: instant)
        case 4:
            manage(label, .pause, at: instant)
            manage(label, .resume, at: instant + Int64(number(5..<40)) * Self.minute)
        default: break
        }
    }

    /// A replica that is paused for longer than a lease holds or has no store, or receivers that fail. A replica that dies
    /// at a point of a delivery does so between the bursts, at a retry: which one has a lease may depend on the order in
    /// which things happen at one instant, and the answers to clients must not.
    private mutating func injectDeliveryFault(at instant: Int64) {
        let points = CrashPoint.allCases.filter(\.isOfDeliveries).map { Fault.crash($0) }
        let fault = pick(points + [.pause, .pause, .receiverDown, .webhookAnswerLost, .storeDown])
        let begin = fault.isCrash ? instant + 29 * Self.second : instant - 1
        let end = begin + Int64(number(20..<90)) * Self.second
        fault.draw(fault, &self, Fault.Draft(replica: replica(), begin: begin, end: end))
    }
}
