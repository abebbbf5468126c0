/// Percent encoding (RFC 3986, section 2.1).
package enum PercentEncoding {
    /// Returns the decoded string, or `nil` for a malformed escape and for bytes that are not UTF-8.
    package static func decode(_ text: some StringProtocol) -> String? {
        decode(text, plus: UInt8(ascii: "+"))
    }

    /// Decodes the form of HTML forms and queries, where `+` is a space.
    package static func decode(form text: some StringProtocol) -> String? {
        decode(text, plus: UInt8(ascii: " "))
    }

    private static func decode(_ text: some StringProtocol, plus: UInt8) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.next().flatMap(hexadecimal), let low = rest.next().flatMap(hexadecimal) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+"): bytes.append(plus)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Returns `text` with escapes for all but unreserved characters (RFC 3986, section 2.3).
    package static func encode(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            if scalar.isASCII,
                scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || "-._~".unicodeScalars.contains(scalar)
            {
                result.unicodeScalars.append(scalar)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.count == 1 ? "%0" + digits : "%" + digits
            }
        }
        return result
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init)
    }
}
