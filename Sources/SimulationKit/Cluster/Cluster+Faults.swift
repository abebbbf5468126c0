import Bookings

extension Cluster: ReplicaFaults {
    var count: Int { slots.count }

    /// Whether a fault window is open, or was a moment ago.
    var isFaulty: Bool { windows.areOn }

    /// Whether requests may fail: a fault window is open, or a replica has died and was not reaped yet.
    var mayFail: Bool { isFaulty || slots.contains { $0.replica?.isDead ?? false } }

    /// Whether every running replica is kept from claiming due reminders.
    var holdsReminders: Bool {
        let running = slots.filter { $0.replica != nil }
        return !running.isEmpty && running.allSatisfy(\.isHeld)
    }

    // MARK: - Windows

    func openWindow(_ name: String) async throws {
        guard windows.open(name, at: now) else { return }
        for (_, replica) in awake {
            try await replica.set(.pollsLog(true))
            try await replica.wake()
        }
    }

    func closeWindow(_ name: String) { windows.close(name, at: now) }

    // MARK: - Death and restart

    /// Removes the replicas that died at an armed point since the last call. Returns their numbers.
    ///
    /// - Throws: `SimulatorError.crashed` when one died of anything else.
    func reap() async throws -> [Int] {
        var dead: [Int] = []
        for number in slots.indices {
            guard let replica = slots[number].replica, replica.isDead else { continue }
            guard try await replica.diedAtCrashPoint() else {
                throw SimulatorError.crashed("replica \(number) ended, and no fault of the plan ended it")
            }
            if let point = slots[number].armed {
                crashes.append(History.Crash(point: point, replica: number, at: now))
                if let mark = point.crashMark { slots[number].counted.add(ReplicaCounts(marks: [mark.name: 1])) }
            }
            try await kill(number)
            dead.append(number)
        }
        return dead
    }

    func arm(_ point: CrashPoint, hit: Int, on number: Int) async throws {
        try await set(.arm(point, hit: hit), on: number)
        slots[number].armed = point
    }

    func kill(_ number: Int) async throws {
        guard let replica = slots[number].replica else { return }
        await saveCounts(of: number)
        slots[number].crashed.insert(slots[number].life)
        slots[number].clear()
        await replica.kill()
        try await openWindow("replica \(number) is down")
    }

    func shutDown(_ number: Int) async throws {
        guard let replica = slots[number].replica, !slots[number].isPaused else { return }
        await saveCounts(of: number)
        try await openWindow("replica \(number) is down")
        slots[number].ended.insert(slots[number].life)
        receivers?.end(number)
        try await replica.terminate()
        if try await replica.diedAtCrashPoint() { slots[number].crashed.insert(slots[number].life) }
        slots[number].replica = nil
    }

    func isDown(_ number: Int) -> Bool { slots[number].replica == nil }

    func restart(_ number: Int) async throws {
        if isDown(number) { try await open(number) } else { try await set(.disarm, on: number) }
        slots[number].armed = nil
        closeWindow("replica \(number) is down")
        closeWindow("replica \(number) loses an answer")
    }

    /// Resumes and restarts every replica, whether a fault of the plan stopped it or not.
    func restartAll() async throws {
        for number in slots.indices {
            try await resume(number)
            try await restart(number)
        }
    }

    private func saveCounts(of number: Int) async {
        guard let counts = try? await slots[number].replica?.counts() else { return }
        slots[number].counted.add(counts)
    }

    // MARK: - Changes of a running replica

    func set(_ change: ReplicaFaultState.Change, on number: Int) async throws {
        try await slots[number].replica?.set(change)
    }

    func pause(_ number: Int) async throws {
        guard slots[number].replica != nil else { return }
        try await set(.paused(true), on: number)
        slots[number].isPaused = true
        try await openWindow("replica \(number) is paused")
    }

    func resume(_ number: Int) async throws {
        // A replica that died meanwhile is no longer paused.
        if slots[number].isPaused, let replica = slots[number].replica {
            slots[number].isPaused = false
            try await replica.setTime(now)
            try await set(.paused(false), on: number)
            try await replica.runTimers()
            try await replica.wake()
        }
        closeWindow("replica \(number) is paused")
    }

    func holdReminders(_ areHeld: Bool, on number: Int) async throws {
        try await set(.remindersHeld(areHeld), on: number)
        slots[number].isHeld = areHeld
    }

    func stepClock(of number: Int, by jump: Duration) async throws {
        slots[number].skew += jump.wholeMilliseconds
        try await slots[number].replica?.stepClock(by: jump)
    }

    func waitForBus() async throws {
        for (_, replica) in awake {
            var waiting = StallDetector()
            while try await !replica.state().isBusConnected {
                waiting.observe(hasChanged: false)
                guard waiting.waited < .seconds(20) else {
                    throw NoConvergence(description: "the bus does not come back")
                }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    func wakeRelays() async throws {
        for (_, replica) in awake { try await replica.wake() }
    }
}
