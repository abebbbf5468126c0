extension PlanValidation {
    mutating func validate(_ event: FaultEvent, _ place: String) {
        guard let fault = Fault(event.fault) else {
            return report("\(place).fault", "names no fault: \(event.fault)")
        }
        if fault.needsServices, plan.settings.stores == .embedded {
            report("\(place).fault", "is a fault of PostgreSQL or Redis: \(event.fault) requires the stores services")
        }
        if plan.settings.world == .remote, !fault.actsOnClients {
            report("\(place).fault", "cannot be injected into a deployed service: \(event.fault)")
        }
        if fault.needs.contains(.keyServer), !plan.settings.hasKeyServer {
            report("\(place).fault", "needs settings.hasKeyServer: \(event.fault)")
        }
        if fault.needs.contains(.receivers), !plan.settings.hasReceivers {
            report("\(place).fault", "needs settings.hasReceivers: \(event.fault)")
        }
        if event.phase != .begin, fault.heal == nil {
            report("\(place).phase", "must be begin: \(event.fault) is over at once")
        }
        if let amount = event.amount { check(amount, "\(place).amount", in: -86_400_000...86_400_000) }
        validate(event.target, of: fault, "\(place).target")
    }

    private mutating func validate(_ target: FaultTarget, of fault: Fault, _ place: String) {
        switch (fault.acts, target) {
        case (.replica, .replica(let number)): check(number, place, below: plan.settings.replicas, "replicas")
        case (.socket, .socket(let name)):
            if !sockets.contains(name) { report(place, "names no socket of the plan: \(name)") }
        case (.redis, .redis), (.postgres, .postgres), (.keyServer, .keyServer), (.receivers, .receivers): break
        case (let acts, _): report(place, "must be \(acts.rawValue): \(fault.name) acts on nothing else")
        }
    }
}
