import Bookings
import NIOCore

/// A client that receives the events of a provider: a socket, a polling client or an event stream. Lives on one event loop.
final class LoadListener {
    let provider: ProviderState
    private unowned let generator: LoadGenerator
    private var createsSeen = SeenNumbers()
    private var remindersSeen = SeenNumbers()
    private var isOpen = false
    private var hasEnded = false

    init(provider: ProviderState, generator: LoadGenerator) {
        self.provider = provider
        self.generator = generator
    }

    /// The connection is established: from now on it is owed the provider's events.
    func open() {
        guard !isOpen, !hasEnded else { return }
        isOpen = true
        provider.listeners += 1
        generator.measures.frames.socketsOpen += 1
    }

    /// The connection ended.
    func close() {
        hasEnded = true
        guard isOpen else { return }
        isOpen = false
        provider.listeners -= 1
        generator.listenerClosed()
    }

    /// Receives the packet of a Socket.IO event.
    func receive(packet: Substring) {
        var packet = packet
        receive(packet.withUTF8 { ReceivedEvent(packet: UnsafeRawBufferPointer($0)) })
    }

    func receive(_ event: ReceivedEvent) {
        guard let service = event.service else { return ignore() }
        let number = LoadMarks.number(of: service)
        switch (event.kind, service.high) {
        case (.created, provider.marks.create) where number < provider.creates.count:
            receiveCreate(number, event)
        case (.reminder, provider.marks.reminder) where number < provider.reminders.count:
            receiveReminder(number, event)
        default: ignore()
        }
    }

    private func ignore() { generator.measures.frames.others += 1 }

    private func receiveCreate(_ number: Int, _ event: ReceivedEvent) {
        guard createsSeen.insert(number) else { return generator.measures.frames.doubled += 1 }
        provider.creates[number].received += 1
        generator.recordFrame(of: provider.creates[number], at: .now(), occurredAt: event.occurredAt)
        provider.waiting.removeValue(forKey: number)?()
    }

    /// A service with several leads sends a reminder for each; the load's is the one at the due instant that it chose.
    private func receiveReminder(_ number: Int, _ event: ReceivedEvent) {
        let reminder = provider.reminders[number]
        guard event.dueAt == reminder.due else { return ignore() }
        guard remindersSeen.insert(number) else { return generator.measures.frames.reminders.doubled += 1 }
        provider.reminders[number].received += 1
        generator.recordReminder(due: reminder.due, isFirst: reminder.received == 0, occurredAt: event.occurredAt)
    }
}

/// The numbers that a listener has received, a bit each.
private struct SeenNumbers {
    private var words: [UInt64] = []

    /// Returns `false` if the number was there before.
    mutating func insert(_ number: Int) -> Bool {
        let (word, bit) = (number / 64, UInt64(1) << UInt64(number % 64))
        while words.count <= word { words.append(0) }
        guard words[word] & bit == 0 else { return false }
        words[word] |= bit
        return true
    }
}
