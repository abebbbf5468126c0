import Foundation
import TestSupport
import XCTest

@testable import SimulationKit
@testable import Simulator

/// The table of mutants and invariants, which `simulator mutants --matrix` writes.
final class MutantMatrixTests: XCTestCase {
    func test_a_table_replaces_the_one_of_the_same_stores() {
        var (first, second, other) = (MutantMatrix(.embedded), MutantMatrix(.embedded), MutantMatrix(.services))
        first.add(.eventsLost, seeds: 1, violated: ["converge"])
        second.add(.framesDropped, seeds: nil, violated: [])
        other.add(.publishLost, seeds: 2, violated: [])
        let document = second.replacing(in: other.replacing(in: first.replacing(in: "# Mutants\n")) + "The end.\n")
        XCTAssertEqual(MutantMatrix.names(in: document, .embedded), [Mutant.framesDropped.name])
        XCTAssertEqual(MutantMatrix.names(in: document, .services), [Mutant.publishLost.name])
        XCTAssertTrue(document.hasPrefix("# Mutants\n") && document.hasSuffix("The end.\n"), document)
        XCTAssertNil(MutantMatrix.names(in: "# Mutants", .embedded))
    }
}
