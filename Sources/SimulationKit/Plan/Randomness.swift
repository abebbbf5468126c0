import Bookings

/// SplitMix64: a small generator whose whole state is its seed.
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    /// A generator of its own for each part of a run, so that one more draw in one part moves nothing in another.
    package init(seed: UInt64, for part: String) {
        self.init(seed: part.utf8.reduce(seed ^ 0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 })
        _ = next()
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mix = state
        mix = (mix ^ mix >> 30) &* 0xbf58_476d_1ce4_e5b9
        mix = (mix ^ mix >> 27) &* 0x94d0_49bb_1331_11eb
        return mix ^ mix >> 31
    }

    package mutating func identifier<Of>(_ type: Of.Type = Of.self) -> Identifier<Of> {
        .version8(RandomBits(high: next(), low: next()))
    }
}

/// Ids that depend on (seed, purpose, key) alone, never on the order in which requests arrive.
///
/// Ids of connections depend on the replica and its life besides, so that no two sockets share one.
struct SeededIdentifiers: IdentifierSource {
    let seed: UInt64
    var life = ""

    func bits(for purpose: RandomPurpose, key: String) -> RandomBits {
        let owner =
            switch purpose {
            case .transportSession, .socket, .jitter, .requestID: life
            case .bookingID, .secret: ""
            }
        var generator = SeededGenerator(seed: seed, for: "\(purpose.rawValue)/\(owner)/\(key)")
        return RandomBits(high: generator.next(), low: generator.next())
    }
}
