import Bookings
import BookingsHTTP
import NIOCore

/// Responses: from the first byte to the last, or to another protocol.
extension HTTPConnectionState {
    /// The head of the response to the current request is ready. Returns `nil` when the client is gone.
    mutating func beginResponse(ofKnownLength isLengthKnown: Bool) -> Framing? {
        guard case .responding(var response) = phase else { return nil }
        // HTTP/1.0 has no chunks: a body of unknown length ends with the connection.
        if isDraining || isInputClosed || (response.isHTTP10 && !isLengthKnown) { response.closesConnection = true }
        phase = .responding(response)
        return Framing(isHTTP10: response.isHTTP10, closes: response.closesConnection)
    }

    /// The write of a stream's part began; it must finish within `limits.writeTimeout`.
    mutating func writeBegan(at now: NIODeadline) { writeBegan = now }

    /// The write of a stream's part is finished.
    mutating func writeEnded() { writeBegan = nil }

    /// The response is complete.
    mutating func endResponse(at now: NIODeadline) {
        guard case .responding(let response) = phase else { return }
        lastProgress = now
        writeBegan = nil
        guard response.closesConnection else {
            phase = .idle
            return
        }
        if isInputClosed {
            close()
        } else {
            // Closing both sides at once would reset the connection while the client still sends, and could destroy the
            // response on its way (RFC 9112, 9.6).
            phase = .halfClosed(since: now)
            pendingAction = .closeOutput
        }
        queue.removeAll()
    }

    /// The connection carries another protocol from now on.
    mutating func upgraded() {
        phase = .upgraded
        queue.removeAll()
    }

    /// The request is to be answered as one that asks for no other protocol.
    mutating func upgradeRefused(_ head: RequestHead, _ body: GatheredBody) {
        pendingAction = .respond(head, body)
    }
}
