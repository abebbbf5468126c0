/// A list with its scope, filters and sort order as an unambiguous string, for cache keys and cursors.
package enum ListContext {
    /// Returns the same string for queries that differ only in `asOf`.
    package static func string(for query: BookingQuery) -> String {
        var writer = JSONWriter()
        writer.beginArray()
        writer.string(query.list.rawValue)
        writer.bool(query.scope.everything)
        writer.string(query.scope.provider?.description)
        writer.string(query.scope.customer?.text)
        writer.string(query.filter.statuses.map(\.rawValue).sorted().joined(separator: ","))
        writer.string(query.filter.providerID?.description)
        writer.string(query.filter.customerID?.text)
        writer.string(query.filter.serviceID?.description)
        writer.integer(query.filter.from?.milliseconds ?? -1)
        writer.integer(query.filter.to?.milliseconds ?? -1)
        writer.string(query.sort.field.rawValue)
        writer.bool(query.sort.descending)
        writer.endArray()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
