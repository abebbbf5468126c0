import Bookings

extension History {
    /// What happened to the keys of tokens.
    package struct KeyEvidence: Codable, Hashable, Sendable {
        /// The keys that the key server published from an instant on.
        package struct Publication: Codable, Hashable, Sendable {
            /// The virtual time.
            package let at: Timestamp
            /// The names of all keys in the set.
            package let keys: [String]
        }

        /// A request of a replica to the key server, answered or not.
        package struct Reading: Codable, Hashable, Sendable {
            /// The virtual time.
            package let at: Timestamp
            /// The index of the replica.
            package let replica: Int
            /// The number of its starts.
            package let life: Int
        }

        /// A request with a token that a key has signed.
        package struct Use: Codable, Hashable, Sendable {
            /// The request id.
            package let request: String
            /// The virtual time.
            package let at: Timestamp
            /// The index of the replica that received it.
            package let replica: Int
            /// The name of the key.
            package let key: String
            /// The status of the answer; `nil` when none came.
            package let status: Int?
        }

        /// In ascending order of time.
        package var publications: [Publication] = []
        /// In ascending order of time.
        package var readings: [Reading] = []
        /// In the order of the answers.
        package var uses: [Use] = []
    }
}
