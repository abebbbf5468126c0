import Bookings

/// What one tenant was shown of another's.
enum TenantSeal {
    static func find(_ history: History) -> [Finding] {
        canaries(history) + rows(history) + frames(history)
    }

    /// In any answer or frame, errors included.
    private static func canaries(_ history: History) -> [Finding] {
        history.calls.compactMap { call in
            guard let pair = foreign(in: call.text, to: call.caller) else { return nil }
            return Finding(
                "the answer to \(call.request) shows \(call.caller) \(pair)", booking: call.booking, at: call.at)
        }
            + history.frames.compactMap { frame in
                guard let caller = history.listeners[frame.socket]?.caller,
                    let pair = foreign(in: frame.text, to: caller)
                else { return nil }
                return Finding(
                    "\(frame.name) shows \(frame.socket) \(pair)", booking: frame.booking, at: frame.receivedAt)
            }
    }

    private static func foreign(in text: String, to caller: Caller) -> String? {
        guard caller != .admin else { return nil }
        let pair = Canary.pairs(in: text).first { pair in
            switch caller {
            case .provider(let index): pair.provider != index
            case .customer(let index): pair.customer != index
            case .admin, .world: caller == .world
            }
        }
        return pair.map {
            "a booking of provider-\($0.provider) and customer-\($0.customer.map(String.init) ?? "none")"
        }
    }

    private static func rows(_ history: History) -> [Finding] {
        history.calls.compactMap { call in
            guard call.caller != .admin, call.isSuccess else { return nil }
            let rows = (call.row.map { [$0] } ?? []) + (call.rows ?? [])
            let foreign = rows.first { !history.maySee(call.caller, provider: $0.provider, customer: $0.customer) }
            return foreign.map {
                Finding("the answer to \(call.request) shows \(call.caller) \($0.id)", booking: $0.id, at: call.at)
            }
        }
    }

    /// Whose an event is, the log says.
    private static func frames(_ history: History) -> [Finding] {
        let places = LogIndex(history.log).places
        return history.frames.compactMap { frame in
            guard let caller = history.listeners[frame.socket]?.caller, caller != .admin,
                let logged = places[frame.event].map({ history.log[$0] }),
                !history.maySee(caller, provider: logged.provider, customer: logged.customer)
            else { return nil }
            return Finding(
                "\(frame.socket) received \(frame.event) of another's", booking: frame.booking, at: frame.receivedAt)
        }
    }
}
