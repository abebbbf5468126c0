import Bookings
import Logging

// What the loop begins: attempts, and readings of the log.
extension EndpointWorker {
    /// Performs what can begin. Returns whether something was read, so that more may begin.
    func perform(_ work: inout Work, in group: inout DiscardingTaskGroup) async -> Bool {
        let now = services.clock.now()
        // A replica that was suspended has to show first that the lease is still its own.
        guard work.refiltered == nil else { return false }
        guard now < work.leaseEnd else {
            _ = await save(&work)
            return true
        }
        var hasRead = false
        for action in work.state.begin(at: now) {
            switch action {
            case .send(let delivery): send(delivery, work, in: &group)
            case .read(let position, let limit): hasRead = await read(after: position, limit: limit, &work)
            }
        }
        return hasRead
    }

    private func send(_ delivery: Delivery, _ work: Work, in group: inout DiscardingTaskGroup) {
        var message = DeliveryMessage(delivery.content, to: id, services.encoder)
        let span = services.tracing?.begin(&message, to: id)
        let secrets = services.cipher.secrets(of: work.state.endpoint, at: services.clock.now())
        services.metrics.webhookAttemptBegan()
        services.inFlightWork.begin(.webhook)
        group.addTask { [self, client = work.client, message] in
            let result =
                if !secrets.isEmpty {
                    await client.send(message, secrets: secrets)
                } else {
                    AttemptResult(
                        outcome: .failed(reason: EndpointClient.secretLost), status: nil, latency: .zero)
                }
            if let span { services.tracing?.end(span, result) }
            log(result, of: message)
            services.metrics.webhookAttemptEnded(succeeded: result.error == nil, latency: result.latency)
            inbox.withLock { $0.results.append((delivery, message, result)) }
            trigger.signal()
            services.inFlightWork.end(.webhook)
        }
    }

    /// Failures are information: receivers fail, and their owners see the reason.
    private func log(_ result: AttemptResult, of message: DeliveryMessage) {
        var metadata: Logger.Metadata = [
            "webhook_id": "\(id)", "event_id": "\(message.id)", "event": "\(message.name)",
            "duration_ms": "\(result.latency.wholeMilliseconds)",
        ]
        if let trace = message.trace { metadata["trace_id"] = "\(trace.traceIDText)" }
        if let status = result.status { metadata["status"] = "\(status)" }
        guard let error = result.error else {
            return services.logger.debug("An event was delivered to a webhook.", metadata: metadata)
        }
        metadata["reason"] = "\(error)"
        services.logger.info("An attempt to deliver an event to a webhook failed.", metadata: metadata)
    }

    /// Reads the log. Returns whether the loop has to look again, which it has to after a failure, too.
    private func read(after position: LogPosition, limit: Int, _ work: inout Work) async -> Bool {
        let keptSince = services.clock.now() - services.retention
        do throws(StoreError) {
            let slice = try await services.log.events(
                after: position, in: work.state.endpoint.scope, keptSince: keptSince, limit: limit)
            if let slice {
                work.state.didRead(slice)
            } else {
                work.state.didFallBehind(oldest: try await services.log.oldest(keptSince: keptSince))
            }
            work.isDirty = true
            return true
        } catch {
            work.state.readFailed()
            await trigger.wait(atMost: Self.pause)
            return true
        }
    }
}
