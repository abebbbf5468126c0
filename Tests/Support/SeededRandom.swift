/// A random generator with a seed, for tests: SplitMix64.
package struct SeededRandom {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func below(_ bound: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mix = state
        mix = (mix ^ mix >> 30) &* 0xbf58_476d_1ce4_e5b9
        mix = (mix ^ mix >> 27) &* 0x94d0_49bb_1331_11eb
        return Int((mix ^ mix >> 31) % UInt64(bound))
    }
}
