import Foundation
import FoundationXML

@testable import SimulationKit
@testable import Simulator

/// An element of XML as Foundation parses it, independent of the writer under test.
final class ParsedXML {
    let name: String
    let attributes: [String: String]
    fileprivate(set) var children: [ParsedXML] = []
    fileprivate(set) var text = ""

    fileprivate init(name: String, attributes: [String: String]) {
        self.name = name
        self.attributes = attributes
    }

    /// Returns the descendants with that name.
    func all(_ name: String) -> [ParsedXML] {
        children.flatMap { ($0.name == name ? [$0] : []) + $0.all(name) }
    }
}

extension XML {
    /// Returns the root element, or `nil` when the document is not well-formed.
    static func parse(_ document: String) -> ParsedXML? {
        let reader = Reader()
        let parser = XMLParser(data: Data(document.utf8))
        parser.delegate = reader
        return parser.parse() ? reader.root.children.first : nil
    }

    private final class Reader: NSObject, XMLParserDelegate {
        let root = ParsedXML(name: "", attributes: [:])
        private lazy var open = [root]

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            let element = ParsedXML(name: name, attributes: attributes)
            open.last?.children.append(element)
            open.append(element)
        }

        func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
            open.removeLast()
        }

        func parser(_ parser: XMLParser, foundCharacters text: String) {
            open.last?.text += text
        }
    }
}
