// OpenMetrics text into a history and out again: a text is refused with the number of one of its
// lines and leaves nothing behind, or every sample of it is there; and what an export says is the
// same after it was imported. Two files in a temporary folder, emptied between inputs. One thread.

import Foundation

@testable import History

enum OpenMetricsImporting: FuzzTarget {
    static let name = "OpenMetricsImport"

    static func complaint(about input: [UInt8]) -> String? {
        do {
            return try first.emptied { try imported(input) }
        } catch {
            return "\(error)"
        }
    }

    private static func imported(_ input: [UInt8]) throws -> String? {
        switch try first.take(input) {
        case .malformed(let problem):
            let lines = input.count { $0 == UInt8(ascii: "\n") } + 1
            if !(1...lines + 1).contains(problem.line) { return "no such line: \(problem)" }
            if problem.reason.isEmpty { return "refused without a reason" }
            return try first.rows() == 0 ? nil : "a refused text left something"
        case .imported(let summary):
            let text = try first.exported()
            let samples = Self.samples(text).count
            if samples != summary.samples {
                return "\(summary.samples) samples went in, \(samples) came out"
            }
            return try second.emptied {
                switch try second.take(text) {
                case .malformed(let problem): return "what was exported is refused: \(problem)"
                case .imported(let again) where again.samples != samples:
                    return "\(again.samples) of \(samples) came back"
                case .imported: return difference(text, try second.exported())
                }
            }
        }
    }

    /// Samples only: a type that the format has no name for comes back as a gauge.
    private static func difference(_ first: [UInt8], _ second: [UInt8]) -> String? {
        let (first, second) = (samples(first), samples(second))
        for (one, two) in zip(first, second) where one != two {
            return "exported \(text(one)), imported and exported \(text(two))"
        }
        return first.count == second.count ? nil : "\(first.count) lines, then \(second.count)"
    }

    private static func samples(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
        text.split(separator: UInt8(ascii: "\n")).filter { $0.first != UInt8(ascii: "#") }
    }

    private static func text(_ line: ArraySlice<UInt8>) -> String {
        String(decoding: line, as: UTF8.self)
    }

    // One thread at a time: the fuzzer has one, the replay is serialized.
    nonisolated(unsafe) private static let first = ScratchHistory("first.db")
    nonisolated(unsafe) private static let second = ScratchHistory("second.db")

    static func seeds() -> [[UInt8]] { FuzzTargets.texts("OpenMetricsImport.seeds") }
}

/// A history that lives as long as the process.
private final class ScratchHistory {
    private let path: String
    private let history: OfflineHistory
    private var rounds = 0

    private static let folder: String = {
        let folder = NSTemporaryDirectory() + "/weir-fuzz-\(getpid())"
        try? FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(atPath: ScratchHistory.folder) }
        return folder
    }()

    init(_ name: String) {
        path = "\(Self.folder)/\(name)"
        do {
            history = try OfflineHistory(path: path, wallMillis: 5000, version: "fuzz")
            try history.connection.execute("PRAGMA synchronous = OFF", call: "fuzz")
        } catch {
            fatalError("\(error)")
        }
    }

    /// In pieces of 1,000 bytes, so that lines are cut.
    func take(_ text: [UInt8]) throws -> OpenMetricsImport.Outcome {
        var rest = text[...]
        return try OpenMetricsImport.run(into: history, source: "fuzz") {
            if rest.isEmpty { return nil }
            let piece = Array(rest.prefix(1000))
            rest = rest.dropFirst(1000)
            return piece
        }
    }

    func exported() throws -> [UInt8] {
        let reader = try HistoryReader(path: path)
        var export = OpenMetricsExport(reader, from: .min, to: .max, tier: .exactly(.flush))
        var text: [UInt8] = []
        try export.run { bytes in
            text += bytes
            return true
        }
        return text
    }

    func rows() throws -> Int64 {
        try Self.tables.reduce(0) { sum, table in
            let count = try history.connection.integer(
                "SELECT count(*) FROM \(table)", call: "fuzz")
            return sum + (count ?? 0)
        }
    }

    private static let tables = ["chunk", "block", "series", "family", "boot", "pin"]

    /// Runs `body`, and leaves the tables empty and the WAL short.
    func emptied(_ body: () throws -> String?) throws -> String? {
        let result = try body()
        let connection = history.connection
        if try rows() > 0 {
            let delete = Self.tables.map { "DELETE FROM \($0)" }.joined(separator: ";")
            try connection.execute("BEGIN;\(delete);COMMIT", call: "fuzz")
            rounds += 1
            if rounds % 64 == 0 { try history.finish() }
        }
        return result
    }
}
