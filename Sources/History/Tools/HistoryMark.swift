// What a person puts into a history: a mark on the time axis, a pin that keeps a window from
// expiry, and its removal. Judged before it is written, the same for a file at rest and for a
// running weir: texts are short and printable, times are times, pins are few. The statements are
// here too; whoever owns the writing connection runs them, in a transaction of its own.

public enum HistoryMark: Sendable, Equatable {
    case annotation(kind: String, subject: String, text: String, atMillis: Int64)
    /// from <= time <= to.
    case pin(from: Int64, to: Int64, reason: String)
    case unpin(Int64)

    /// Bounds in bytes of UTF-8.
    public static let textBytesMax = 1024
    public static let kindBytesMax = 64
    public static let subjectBytesMax = 256
    /// Pins of one file.
    public static let pinsMax = 1000
    /// A pin of what is yet to come would keep everything for ever, and an annotation of it would
    /// outlive all samples.
    public static let aheadMillis: Int64 = 86_400_000
    /// The year 9999 ends before.
    private static let millisMax: Int64 = 253_402_300_800_000

    /// Why it is not written, naming the parameter; nil when it may be.
    public func refusal(nowMillis: Int64) -> String? {
        switch self {
        case .annotation(let kind, let subject, let text, let time):
            if text.isEmpty { return "text: say what happened" }
            if kind.isEmpty { return "kind: it must not be empty" }
            if time > nowMillis + Self.aheadMillis, time < Self.millisMax {
                return "time: it may lie a day ahead, not more: events leave with older samples"
            }
            return Self.refusal("text", text, Self.textBytesMax)
                ?? Self.refusal("kind", kind, Self.kindBytesMax)
                ?? Self.refusal("subject", subject, Self.subjectBytesMax)
                ?? Self.refusal("time", time)
        case .pin(let from, let to, let reason):
            if from > to { return "start: it lies after the end" }
            if to > nowMillis + Self.aheadMillis {
                return "end: it may lie a day ahead, not more: what is pinned never expires"
            }
            return Self.refusal("start", from) ?? Self.refusal("end", to)
                ?? Self.refusal("reason", reason, Self.textBytesMax)
        case .unpin: return nil
        }
    }

    private static func refusal(_ name: String, _ millis: Int64) -> String? {
        millis >= 0 && millis < millisMax ? nil : "\(name): not between the years 1970 and 9999"
    }

    private static func refusal(_ name: String, _ text: String, _ bytesMax: Int) -> String? {
        if text.utf8.count > bytesMax {
            return "\(name): \(text.utf8.count) bytes, at most \(bytesMax) are kept"
        }
        for scalar in text.unicodeScalars {
            let what: String
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: what = "a control character"
            // Writing direction, zero width: text that is not what it looks like.
            case .format: what = "an invisible character"
            default: continue
            }
            let digits = String(scalar.value, radix: 16, uppercase: true)
            let code = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            return "\(name): \(what) (U+\(code)) is in it"
        }
        return nil
    }
}

/// What became of a mark.
public enum MarkOutcome: Sendable, Equatable {
    case done
    /// By this pin, which may have been there before.
    case pinned(Int64)
    case noSuchPin
    /// `HistoryMark.pinsMax` are there.
    case tooManyPins
}

/// The statements of marks on a connection that writes.
struct MarkStore {
    private let connection: Connection

    init(_ connection: Connection) { self.connection = connection }

    /// Inside a transaction of the caller.
    func put(_ mark: HistoryMark, boot: Int64) throws(HistoryError) -> MarkOutcome {
        switch mark {
        case .annotation(let kind, let subject, let text, let time):
            let insert = try connection.prepare(
                "INSERT INTO event (time_ms, boot, kind, subject, text) VALUES (?, ?, ?, ?, ?)",
                call: "annotate")
            try insert.bind(
                .integer(time), .integer(boot), .text(kind), .text(subject), .text(text))
            _ = try insert.step()
            return .done
        case .pin(let from, let to, let reason):
            let same = try connection.prepare(
                """
                SELECT id FROM pin WHERE from_ms = ? AND to_ms = ? AND reason = ?
                ORDER BY id LIMIT 1
                """, call: "pin")
            try same.bind(.integer(from), .integer(to), .text(reason))
            if try same.step() {
                defer { same.reset() }
                return .pinned(same.integer(0))
            }
            let count = try connection.integer("SELECT count(*) FROM pin", call: "pin") ?? 0
            if count >= HistoryMark.pinsMax { return .tooManyPins }
            let insert = try connection.prepare(
                "INSERT INTO pin (from_ms, to_ms, reason) VALUES (?, ?, ?) RETURNING id",
                call: "pin")
            try insert.bind(.integer(from), .integer(to), .text(reason))
            var id: Int64 = 0
            while try insert.step() { id = insert.integer(0) }
            return .pinned(id)
        case .unpin(let id):
            let delete = try connection.prepare(
                "DELETE FROM pin WHERE id = ? RETURNING id", call: "unpin")
            try delete.bind(.integer(id))
            var outcome = MarkOutcome.noSuchPin
            while try delete.step() { outcome = .done }
            return outcome
        }
    }
}
