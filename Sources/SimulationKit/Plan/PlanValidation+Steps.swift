import Bookings

extension PlanValidation {
    mutating func validateSteps() {
        var last: Int64 = 0
        for (index, step) in plan.steps.enumerated() {
            let place = "steps[\(index)]"
            check(step.at, "\(place).at", in: 0...max(plan.settings.until, 0))
            if step.at < last { report("\(place).at", "is \(step.at), before the step ahead of it at \(last)") }
            last = max(last, step.at)
            if step.operations.isEmpty { report("\(place).operations", "must have an operation") }
            for (number, operation) in step.operations.enumerated() {
                validate(operation, "\(place).operations[\(number)]")
            }
        }
    }

    private mutating func validate(_ operation: Operation, _ place: String) {
        let settings = plan.settings
        if operation.name.isEmpty { report("\(place).name", "must not be empty") }
        check(operation.replica, "\(place).replica", below: settings.replicas, "replicas")
        if let retryOn = operation.retryOn { check(retryOn, "\(place).retryOn", below: settings.replicas, "replicas") }
        if operation.verb.isOfWorld != (operation.caller == .world) {
            report("\(place).caller", "must be world for a fault or keys, and a client for anything else")
        }
        switch operation.caller {
        case .customer(let index): check(index, "\(place).caller", below: settings.customers, "customers")
        case .provider(let index): check(index, "\(place).caller", below: settings.providers, "providers")
        case .admin, .world: break
        }
        validate(operation.verb, "\(place).verb")
    }

    private mutating func validate(_ verb: Verb, _ place: String) {
        switch verb {
        case .create(_, let provider, let start, let minutes, _):
            check(provider, "\(place).create.provider", below: plan.settings.providers, "providers")
            check(start, "\(place).create.start", in: -Self.farthest...Self.farthest)
            check(minutes, "\(place).create.minutes", in: 1...1440)
        case .act(let booking, let action, let start, let minutes, _, _):
            checkLabel(booking, "\(place).act.booking")
            if action == .reschedule, start == nil { report("\(place).act.start", "is required for a reschedule") }
            if action != .reschedule, start != nil { report("\(place).act.start", "is for a reschedule alone") }
            if action == .create { report("\(place).act.action", "must be an action on a booking, not create") }
            if let start { check(start, "\(place).act.start", in: -Self.farthest...Self.farthest) }
            if let minutes { check(minutes, "\(place).act.minutes", in: 1...1440) }
        case .read(let booking): checkLabel(booking, "\(place).read.booking")
        case .history(let booking): checkLabel(booking, "\(place).history.booking")
        case .revalidate(let booking, let version):
            checkLabel(booking, "\(place).revalidate.booking")
            if let version { check(version, "\(place).revalidate.version", in: 1...Int64(Int32.max)) }
        case .probe(let path): if !path.hasPrefix("/") { report("\(place).probe", "must be a path, not \(path)") }
        case .list(let path): checkPath(path, "\(place).list")
        case .walk(let path, let limit, let between):
            checkPath(path, "\(place).walk.list")
            check(limit, "\(place).walk.limit", in: 1...100)
            for (index, operation) in between.enumerated() {
                validate(operation, "\(place).walk.between[\(index)]")
            }
        case .partition, .flawedToken: break
        case .presentKey(let key): checkKey(key, "\(place).presentKey")
        case .webhook(let label, _):
            if label.isEmpty { report("\(place).webhook", "must not be empty") }
            if !plan.settings.hasReceivers { report("\(place).webhook", "needs settings.hasReceivers") }
        case .publishKeys(let keys):
            for (index, key) in keys.enumerated() { checkKey(key, "\(place).publishKeys[\(index)]") }
        case .listen(let socket): if socket.isEmpty { report("\(place).listen.socket", "must not be empty") }
        case .follow(let listener, _):
            if listener.isEmpty { report("\(place).follow.listener", "must not be empty") }
        case .fault(let event): validate(event, "\(place).fault")
        }
    }

    private mutating func checkKey(_ key: String, _ place: String) {
        if key.isEmpty { report(place, "must not be empty") }
        if !plan.settings.hasKeyServer { report(place, "needs settings.hasKeyServer") }
    }

    private mutating func checkLabel(_ label: String, _ place: String) {
        if !creates.contains(label) { report(place, "names a booking that no operation creates: \(label)") }
    }

    private mutating func checkPath(_ path: String, _ place: String) {
        if !path.hasPrefix("/bookings") { report(place, "must be a path of a list, not \(path)") }
    }
}
