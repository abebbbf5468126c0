import Bookings

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): a generator whose whole
/// state is one number.
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    /// Creates a generator whose output is a function of `seed`.
    package init(seed: UInt64) {
        state = seed
    }

    /// Creates the generator of one part of a run, so that one more draw in a part changes nothing in another.
    package init(seed: UInt64, for part: String) {
        // FNV-1a over the name of the part.
        self.init(seed: part.utf8.reduce(seed ^ 0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 })
        _ = next()
    }

    /// Returns the next 64 random bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mix = state
        mix = (mix ^ mix >> 30) &* 0xbf58_476d_1ce4_e5b9
        mix = (mix ^ mix >> 27) &* 0x94d0_49bb_1331_11eb
        return mix ^ mix >> 31
    }

    /// Returns a random UUID of version 8 (RFC 9562, section 5.8).
    package mutating func identifier<Of>(_ type: Of.Type = Of.self) -> Identifier<Of> {
        .version8(RandomBits(high: next(), low: next()))
    }
}

/// Ids as functions of (seed, purpose, key), independent of the order in which requests arrive.
///
/// Ids of connections depend on the replica and the number of its restarts as well, so that no two sockets share one.
struct SeededIdentifiers: IdentifierSource {
    let seed: UInt64
    /// The replica and the number of its restarts.
    var life = ""

    func bits(for purpose: RandomPurpose, key: String) -> RandomBits {
        let owner =
            switch purpose {
            case .transportSession, .socket, .jitter, .requestID, .trace: life
            case .bookingID, .secret: ""
            }
        var generator = SeededGenerator(seed: seed, for: "\(purpose.rawValue)/\(owner)/\(key)")
        return RandomBits(high: generator.next(), low: generator.next())
    }
}
