import FoundationEssentials
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsSQLite

final class SQLiteStoreTests: XCTestCase {
    func test_it_fulfils_the_contract_of_every_store() async throws {
        try await StoreContract {
            let store = try SQLiteStore.open(.memory, identifiers: CountingIdentifiers())
            try await store.migrate(to: nil)
            return store
        }.verify()
    }

    func test_it_has_exact_lists_when_it_counts_the_bookings_of_owners() async throws {
        try await StoreContract {
            let store = try SQLiteStore.open(.memory, identifiers: CountingIdentifiers(), readLimit: 3)
            try await store.migrate(to: nil)
            return store
        }.verify(only: "lists")
    }

    private func temporaryPath() -> String {
        FileManager.default.temporaryDirectory.path
            + "/bookings-\(ProcessInfo.processInfo.processIdentifier)-\(name.hashValue)/b.sqlite"
    }

    func test_a_file_that_is_opened_again_contains_all_writes() async throws {
        let path = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: String(path.dropLast(9))) }
        let booking = aBooking()
        var key: [UInt8] = []
        do {
            let store = try SQLiteStore.open(.file(path: path), identifiers: CountingIdentifiers())
            try await store.migrate(to: nil)
            _ = try await store.write(creation(of: booking))
            key = try await store.sealingKey()
        }
        let again = try SQLiteStore.open(.file(path: path), identifiers: CountingIdentifiers())
        try await again.migrate(to: nil)
        let read = try await again.booking(booking.id)
        XCTAssertEqual(read, booking)
        let sameKey = try await again.sealingKey()
        XCTAssertEqual(sameKey, key)
    }

    func test_a_second_server_on_one_file_is_refused() throws {
        let path = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: String(path.dropLast(9))) }
        let store = try SQLiteStore.open(.file(path: path), identifiers: CountingIdentifiers())
        let link = path + ".link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        for name in [
            path, link,
            path.replacing("/b.sqlite", with: "/../" + path.split(separator: "/").suffix(2).joined(separator: "/")),
        ] {
            XCTAssertThrowsError(try SQLiteStore.open(.file(path: name), identifiers: CountingIdentifiers()), name)
        }
        withExtendedLifetime(store) {}
    }
}
