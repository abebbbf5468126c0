import Bookings

/// A component of the service as `/health` reports it.
struct HealthComponent {
    let name: String
    let isUp: Bool
    var mode: String?
    /// Why the component is down.
    var reason: String?
    /// Of the reminders: how long before a booking's start they are due, in minutes.
    var leadMinutes: [Double] = []
    /// Of the webhooks: how many are stalled, which their owners have to look at.
    var stalled: Int?

    init(name: String, isUp: Bool, mode: String? = nil, reason: String? = nil) {
        self.name = name
        self.isUp = isUp
        self.mode = mode
        self.reason = reason
    }

    /// The reminders, whose leads a client may want to know.
    init(_ plan: ReminderPlan) {
        self.init(name: "reminders", isUp: true)
        leadMinutes = plan.leads.map { $0.inSeconds / 60 }
    }

    /// The webhooks, which are up whatever their receivers answer.
    init(stalledWebhooks count: Int) {
        self.init(name: "webhooks", isUp: true)
        stalled = count
    }

    init(_ status: SharedServiceStatus) {
        switch status {
        case .inProcess: self.init(name: "redis", isUp: true, mode: "in-process")
        case .up: self.init(name: "redis", isUp: true)
        case .down(let reason): self.init(name: "redis", isUp: false, reason: reason)
        }
    }
}

extension JSONWriter {
    /// Writes a member whose value is an object of components.
    mutating func components(_ name: StaticString, _ components: [HealthComponent]) {
        self.name(name)
        beginObject()
        for component in components {
            self.name(dynamic: component.name)
            beginObject()
            if !component.leadMinutes.isEmpty {
                self.name("lead_minutes")
                beginArray()
                for minutes in component.leadMinutes { number(minutes) }
                endArray()
            }
            if let mode = component.mode {
                self.name("mode")
                string(mode)
            }
            if let reason = component.reason {
                self.name("reason")
                string(reason)
            }
            if let stalled = component.stalled {
                self.name("stalled")
                integer(stalled)
            }
            self.name("status")
            string(component.isUp ? "up" : "down")
            endObject()
        }
        endObject()
    }
}
