import Bookings
import HTTPTypes
import NIOCore

extension StoredAnswer {
    private static let replayField = HTTPField.Name("Idempotency-Replayed")!

    /// The representation of a booking. `location`: the path of a booking that was created.
    init(_ booking: Booking, status: HTTPResponse.Status, location: String? = nil) {
        var writer = JSONWriter()
        writer.booking(booking)
        self.init(
            status: status.code, contentType: "application/json", etag: EntityTag.of(booking), location: location,
            body: writer.bytes)
    }

    /// `isReplay`: whether an earlier request with the same idempotency key got this response first.
    func response(isReplay: Bool = false) -> Response {
        var headers = HTTPFields.personalJSON
        if contentType != "application/json" { headers[.contentType] = contentType }
        if let etag { headers.append(HTTPField(name: .eTag, value: etag)) }
        if let location { headers.append(HTTPField(name: .location, value: location)) }
        if isReplay { headers.append(HTTPField(name: Self.replayField, value: "true")) }
        return Response(
            status: .init(code: status), headers: headers, body: .bytes(ByteBuffer(bytes: body)))
    }
}
