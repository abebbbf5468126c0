import Bookings

extension SocketConnection {
    func authenticate(_ request: SocketIOSession.ConnectRequest) {
        abandonRecovery()
        connect.begin(request)
        if !connect.isVerifying { verify(request, attempt: connect.attempts) }
    }

    private func verify(_ request: SocketIOSession.ConnectRequest, attempt: Int) {
        connect.isVerifying = true
        gateway.inFlightWork.begin(.delivery)
        Task { [self, gateway, shard] in
            let result: Result<Admission, SocketRefusal>
            do throws(SocketRefusal) {
                result = .success(try await gateway.authenticator.authenticate(request.token, or: requestToken))
            } catch {
                result = .failure(error)
            }
            shard.loop.execute {
                self.connect.isVerifying = false
                self.verified(result, for: request, attempt: attempt)
                gateway.inFlightWork.end(.delivery)
            }
        }
    }

    /// A CONNECT that was withdrawn gets no answer; one that came meanwhile is verified next.
    private func verified(
        _ result: Result<Admission, SocketRefusal>, for request: SocketIOSession.ConnectRequest, attempt: Int
    ) {
        guard transport != nil, session.isAuthenticating else { return }
        guard attempt == connect.attempts else {
            if let request = connect.request { verify(request, attempt: connect.attempts) }
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
        connect.recovery = .init(admission: admission, socket: socket, after: request.after)
        delivery.recover(admission.audience, after: position)
        advanceDelivery()
    }

    /// Returns the socket that a CONNECT asks to become again and the position of the last event that it received, or
    /// `nil` when the CONNECT does not ask for recovery or cannot have it.
    private func recoverable(
        _ request: SocketIOSession.ConnectRequest, _ admission: Admission
    ) -> (socket: String, position: LogPosition)? {
        guard let recovery = gateway.recovery, let pid = request.pid?.string,
            let socket = recovery.socket(ofPID: pid, for: admission.subject),
            let position = position(of: request.offset)
        else { return nil }
        return (socket, position)
    }

    /// Returns the position of a client's cursor, or `nil` when it is forged or may be that of a lost event.
    private func position(of cursor: JSONValue?) -> LogPosition? {
        guard let position = cursor?.string.flatMap({ gateway.encoder.cursorCipher.position(of: $0) }),
            !gateway.continuity.isDoubtful(position)
        else { return nil }
        return position
    }

    /// Accepts the CONNECT with a new socket, and begins its events: after the cursor `after`, or live when it is `nil`.
    func connectAnew(_ admission: Admission, after: JSONValue?) {
        connect.sockets += 1
        accept(admission, as: gateway.identifiers.makeSocket(transport: number, count: connect.sockets))
        if after == nil {
            perform(delivery.goLive(admission.audience, at: shard.position))
        } else {
            if let position = position(of: after) {
                delivery.resume(admission.audience, after: position)
            } else {
                delivery.resynchronize(admission.audience)
            }
            advanceDelivery()
        }
        settle()
    }

    /// Accepts the CONNECT with the socket that the client had before.
    func acceptRecovered() {
        guard let recovery = connect.recovery else { return }
        connect.recovery = nil
        accept(recovery.admission, as: recovery.socket)
        // A client that got the missed events and not the answer would have them replayed by its next CONNECT.
        transport?.keepTogether()
        settle()
    }

    /// Nothing can be recovered: accepts the CONNECT with a new socket.
    func connectAnew() {
        guard let recovery = connect.recovery else { return }
        connect.recovery = nil
        connectAnew(recovery.admission, after: recovery.after)
    }

    private func accept(_ admission: Admission, as socket: String) {
        connect.finish(as: socket)
        gateway.sessions.set(admission.subject == nil ? .anonymous : .authenticated, for: self)
        let pid = gateway.recovery?.pid(of: socket, for: admission.subject)
        perform(session.accept(sid: socket, pid: pid, expiresAt: admission.expiresAt))
    }

    /// A CONNECT that was being recovered was withdrawn: its output is held no longer.
    func abandonRecovery() {
        guard connect.recovery != nil else { return }
        connect.recovery = nil
        perform(delivery.leave())
    }

    /// The client left the namespace.
    func leave() {
        perform(delivery.leave())
        gateway.sessions.set(.pending, for: self)
        if let socket = connect.socket { gateway.recovery?.clientDisconnected(socket) }
    }
}
