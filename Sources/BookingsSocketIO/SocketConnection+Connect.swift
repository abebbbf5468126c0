import Bookings

/// The CONNECT of one client, on its way from the session to the gateway and back.
struct ConnectProgress {
    /// A client that comes back as the socket it was.
    struct RecoveryAttempt {
        let admission: Admission
        let socket: String
        let after: JSONValue?
    }

    /// The Socket.IO connection's id; nil before there is one.
    var socket: String?
    /// How many sockets were made for this client.
    var sockets = 0
    /// The last CONNECT that came, and how many there were.
    var request: SocketIOSession.ConnectRequest?
    var attempts = 0
    /// One token is verified at a time, however often the client takes its CONNECT back.
    var isVerifying = false
    var comeback: RecoveryAttempt?
}

extension SocketConnection {
    func authenticate(_ request: SocketIOSession.ConnectRequest) {
        takeBackComeback()
        connecting.attempts += 1
        connecting.request = request
        if !connecting.isVerifying { verify(request, attempt: connecting.attempts) }
    }

    private func verify(_ request: SocketIOSession.ConnectRequest, attempt: Int) {
        connecting.isVerifying = true
        gateway.inFlightWork.begin(.delivery)
        Task { [self, gateway, shard] in
            let result: Result<Admission, SocketRefusal>
            do throws(SocketRefusal) {
                result = .success(try await gateway.admit(request.token, or: requestToken))
            } catch {
                result = .failure(error)
            }
            shard.loop.execute {
                self.connecting.isVerifying = false
                self.verified(result, for: request, attempt: attempt)
                gateway.inFlightWork.end(.delivery)
            }
        }
    }

    /// A CONNECT that was taken back gets no answer; one that came meanwhile is verified next.
    private func verified(
        _ result: Result<Admission, SocketRefusal>, for request: SocketIOSession.ConnectRequest, attempt: Int
    ) {
        guard transport != nil, session.isAuthenticating else { return }
        guard attempt == connecting.attempts else {
            if let request = connecting.request { verify(request, attempt: connecting.attempts) }
            return
        }
        switch result {
        case .success(let admission): admit(admission, request)
        case .failure(.unavailable): closeTransport(.server)
        case .failure(let refusal):
            perform(session.refuse(message: refusal.message, data: refusal.problem, at: gateway.clock.elapsed()))
        }
        settle()
    }

    private func admit(_ admission: Admission, _ request: SocketIOSession.ConnectRequest) {
        guard let (socket, position) = recoverable(request, admission) else {
            return connectAnew(admission, after: request.after)
        }
        connecting.comeback = .init(admission: admission, socket: socket, after: request.after)
        delivery.recover(admission.audience, after: position)
        advanceDelivery()
    }

    /// The socket that a CONNECT asks to be again, and the position of the last event that it got.
    private func recoverable(
        _ request: SocketIOSession.ConnectRequest, _ admission: Admission
    ) -> (socket: String, position: LogPosition)? {
        guard let recovery = gateway.recovery, let pid = request.pid?.string, let offset = request.offset?.string,
            let socket = recovery.socket(named: pid, for: admission.subject),
            let position = gateway.encoder.cursorCipher.position(of: offset), !gateway.continuity.isDoubtful(position)
        else { return nil }
        return (socket, position)
    }

    /// Answers with a new socket, and begins its events.
    func connectAnew(_ admission: Admission, after: JSONValue?) {
        connecting.sockets += 1
        accept(admission, as: gateway.makeSocketID(transport: number, count: connecting.sockets))
        if let after {
            if let position = after.string.flatMap({ gateway.encoder.cursorCipher.position(of: $0) }),
                !gateway.continuity.isDoubtful(position)
            {
                delivery.resume(admission.audience, after: position)
            } else {
                delivery.resynchronize(admission.audience)
            }
            advanceDelivery()
        } else {
            perform(delivery.goLive(admission.audience, at: shard.position))
        }
        settle()
    }

    /// Answers with the socket it was.
    func acceptRecovered() {
        guard let comeback = connecting.comeback else { return }
        connecting.comeback = nil
        accept(comeback.admission, as: comeback.socket)
        settle()
    }

    private func accept(_ admission: Admission, as socket: String) {
        connecting.socket = socket
        gateway.set(admission.subject == nil ? .anonymous : .authenticated, for: self)
        let pid = gateway.recovery?.pid(of: socket, for: admission.subject)
        perform(session.accept(sid: socket, pid: pid, expiresAt: admission.expiresAt))
    }

    /// A CONNECT that is being recovered was taken back: what it held is held no more.
    func takeBackComeback() {
        guard connecting.comeback != nil else { return }
        connecting.comeback = nil
        perform(delivery.leave())
    }

    /// The client left the namespace.
    func leave() {
        perform(delivery.leave())
        gateway.set(.pending, for: self)
        if let socket = connecting.socket { gateway.recovery?.left(socket) }
    }
}
