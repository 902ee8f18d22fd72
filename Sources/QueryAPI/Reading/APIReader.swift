// Answers of a Prometheus HTTP API back into values: Prometheus, VictoriaMetrics, Mimir, Thanos,
// weir. Members in any order, unknown ones skipped, everything else strict. Each answer is scanned
// twice: once for its envelope, once for its data, so that an error is an error whatever else is
// there. Any thread.

public import PromQL

/// The data of an answer and the remarks beside it.
public struct APIReply<Value: Sendable>: Sendable {
    public var value: Value
    public var warnings: [String] = []
    public var infos: [String] = []
}

/// Reads bodies; the HTTP status is the caller's to judge only when the body is no answer.
public enum APIReader {
    /// Bytes of a body.
    public static let bytesMax = 256 << 20

    /// Of query and query_range.
    public static func value(_ body: [UInt8]) throws(APIReadError) -> APIReply<QueryValue> {
        try reply(body, missing: .vector([])) { (cursor) throws(APIReadError) in
            try cursor.queryValue()
        }
    }

    /// Of labels and label values.
    public static func strings(_ body: [UInt8]) throws(APIReadError) -> APIReply<[String]> {
        try reply(body, missing: []) { (cursor) throws(APIReadError) in try cursor.strings() }
    }

    /// Of series.
    public static func series(_ body: [UInt8]) throws(APIReadError) -> APIReply<[Labels]> {
        try reply(body, missing: []) { (cursor) throws(APIReadError) in
            var list: [Labels] = []
            try cursor.array { (cursor, _) throws(APIReadError) in
                list.append(try cursor.labels())
            }
            return list
        }
    }

    /// Of metadata; ascending by name.
    public static func metadata(
        _ body: [UInt8]
    ) throws(APIReadError) -> APIReply<[MetricMetadata]> {
        try reply(body, missing: []) { (cursor) throws(APIReadError) in
            var list: [MetricMetadata] = []
            try cursor.object { (cursor, name) throws(APIReadError) in
                try cursor.array { (cursor, _) throws(APIReadError) in
                    list.append(try cursor.metadata(of: name))
                }
            }
            return list.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        }
    }

    /// A string: of format_query.
    public static func text(_ body: [UInt8]) throws(APIReadError) -> APIReply<String> {
        try reply(body, missing: "") { (cursor) throws(APIReadError) in try cursor.string() }
    }

    // MARK: - Envelope

    private struct Envelope {
        var status: String?
        var errorType = ""
        var error = ""
        /// Where the data begins.
        var data: JSONCursor?
        var warnings: [String] = []
        var infos: [String] = []
    }

    static func reply<Value: Sendable>(
        _ body: [UInt8], missing: Value,
        _ read: (inout JSONCursor) throws(APIReadError) -> Value
    ) throws(APIReadError) -> APIReply<Value> {
        if body.count > bytesMax { throw .tooLarge(bytes: body.count, max: bytesMax) }
        let envelope = try envelope(body)
        switch envelope.status {
        case "success": break
        case "error": throw .refused(kind: envelope.errorType, text: envelope.error)
        case let other:
            throw .malformed(byte: 0, "the status is \(other ?? "missing")")
        }
        var value = missing
        if var cursor = envelope.data, try !cursor.takeNull() { value = try read(&cursor) }
        return APIReply(value: value, warnings: envelope.warnings, infos: envelope.infos)
    }

    private static func envelope(_ body: [UInt8]) throws(APIReadError) -> Envelope {
        var envelope = Envelope()
        var cursor = JSONCursor(body)
        try cursor.object { (cursor, name) throws(APIReadError) in
            switch name {
            case "status": envelope.status = try cursor.string()
            case "errorType": envelope.errorType = try cursor.string()
            case "error": envelope.error = try cursor.string()
            case "warnings": envelope.warnings = try cursor.strings()
            case "infos": envelope.infos = try cursor.strings()
            case "data":
                envelope.data = cursor
                try cursor.skip()
            default: try cursor.skip()
            }
        }
        try cursor.end()
        return envelope
    }
}

extension JSONCursor {
    /// `null` is an empty list.
    mutating func strings() throws(APIReadError) -> [String] {
        var list: [String] = []
        if try takeNull() { return list }
        try array { (cursor, _) throws(APIReadError) in list.append(try cursor.string()) }
        return list
    }

    mutating func labels() throws(APIReadError) -> Labels {
        var values: [String: String] = [:]
        try object { (cursor, name) throws(APIReadError) in
            values[name] = try cursor.string()
        }
        return Labels(values)
    }

    mutating func metadata(of name: String) throws(APIReadError) -> MetricMetadata {
        var family = MetricMetadata(name: name, type: "unknown", help: "", unit: "")
        try object { (cursor, member) throws(APIReadError) in
            switch member {
            case "type": family.type = try cursor.string()
            case "help": family.help = try cursor.string()
            case "unit": family.unit = try cursor.string()
            default: try cursor.skip()
            }
        }
        return family
    }
}
