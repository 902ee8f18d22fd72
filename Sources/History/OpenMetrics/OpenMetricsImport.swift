// OpenMetrics text with timestamps into a history: lines are collected per series, and a million
// samples at a time become blocks, series with the same times sharing one. All in one transaction:
// a malformed line, named by its number, leaves the file as it was. Values stay the floats they
// are. Imported blocks have a boot and frame numbers below zero, and a pin, so that their age does
// not drop them at once. One thread; memory is bounded by what is collected and the names seen.

public struct OpenMetricsImport {
    /// A text that cannot be imported, and where.
    public struct Malformed: Error, Sendable, CustomStringConvertible {
        public let line: Int
        public let reason: String

        public var description: String { "line \(line): \(reason); nothing was imported" }
    }

    public struct Summary: Sendable {
        public var lines = 0
        public var samples = 0
        public var series = 0
        public var firstMillis = Int64.max
        public var lastMillis = Int64.min
    }

    public enum Outcome: Sendable {
        case imported(Summary)
        case malformed(Malformed)
    }

    static let collectedMax = 1 << 20

    /// Reads text from `read` until it answers nil.
    ///
    /// - Parameters:
    ///   - history: nobody else writes it.
    ///   - progress: called about once every megabyte.
    public static func run(
        into history: OfflineHistory, source: String, _ read: () -> [UInt8]?,
        progress: (Summary) -> Void = { _ in }
    ) throws(HistoryError) -> Outcome {
        do throws(HistoryError) {
            try history.connection.execute("BEGIN IMMEDIATE", call: "import")
            var job = try ImportJob(history.connection, source: source)
            var problem: Malformed?
            while problem == nil, let bytes = read() {
                problem = try job.take(bytes)
                progress(job.summary)
            }
            if problem == nil { problem = try job.finish() }
            if let problem {
                history.connection.rollBack()
                return .malformed(problem)
            }
            try history.connection.execute("COMMIT", call: "import")
            return .imported(job.summary)
        } catch {
            history.connection.rollBack()
            throw error
        }
    }
}

/// One import under way.
private struct ImportJob {
    private(set) var summary = OpenMetricsImport.Summary()
    private var carried: [UInt8] = []
    private var kinds: [String: ColumnLayout] = [:]
    private var store: ImportStore
    private var known: [UInt64: [Int]] = [:]
    private var keys: [[UInt8]] = []
    /// Of each key: two spellings may mean one series.
    private var places: [Int] = []
    private var latest = -1
    private var isEnded = false

    init(_ connection: Connection, source: String) throws(HistoryError) {
        store = try ImportStore(connection, source: source)
    }

    mutating func take(_ bytes: [UInt8]) throws(HistoryError) -> OpenMetricsImport.Malformed? {
        let text = carried.isEmpty ? bytes : carried + bytes
        var start = 0
        var place = carried.count
        while place < text.count {
            if text[place] == UInt8(ascii: "\n") {
                if let problem = try line(text, start..<place) { return problem }
                start = place + 1
            }
            place += 1
        }
        carried = Array(text[start...])
        return carried.count > 1 << 20 ? malformed("a line of more than a megabyte") : nil
    }

    mutating func finish() throws(HistoryError) -> OpenMetricsImport.Malformed? {
        if !carried.isEmpty {
            let rest = carried
            if let problem = try line(rest, rest.indices) { return problem }
        }
        if !isEnded {
            summary.lines += 1
            return malformed("the text ends without # EOF")
        }
        try store.finish(summary)
        return nil
    }

    private func malformed(_ reason: String) -> OpenMetricsImport.Malformed {
        OpenMetricsImport.Malformed(line: summary.lines, reason: reason)
    }

    private mutating func line(
        _ text: [UInt8], _ range: Range<Int>
    ) throws(HistoryError) -> OpenMetricsImport.Malformed? {
        summary.lines += 1
        if isEnded { return range.isEmpty ? nil : malformed("a line after # EOF") }
        if range.isEmpty { return malformed("an empty line") }
        if text[range.lowerBound] == UInt8(ascii: "#") { return comment(text, range) }
        let parsed: OpenMetricsLine
        switch OpenMetricsLine.parse(text.span, range) {
        case .success(let line): parsed = line
        case .failure(let problem): return malformed(problem.text)
        }
        let key = text[parsed.key]
        if latest < 0 || !(keys[latest].count == key.count && keys[latest].elementsEqual(key)) {
            if let problem = try find(key) { return problem }
        }
        if !store.append(parsed.value.bitPattern, at: parsed.timeMillis, to: places[latest]) {
            return malformed("the time does not come after the one before of the same series")
        }
        summary.samples += 1
        summary.firstMillis = min(summary.firstMillis, parsed.timeMillis)
        summary.lastMillis = max(summary.lastMillis, parsed.timeMillis)
        if store.collected >= OpenMetricsImport.collectedMax { try store.flush() }
        return nil
    }

    private mutating func comment(
        _ text: [UInt8], _ range: Range<Int>
    ) -> OpenMetricsImport.Malformed? {
        let words = String(decoding: text[range], as: UTF8.self).split(separator: " ")
        if words == ["#", "EOF"] {
            isEnded = true
            return nil
        }
        guard words.count >= 3, ["TYPE", "HELP", "UNIT"].contains(words[1]) else {
            return malformed("a comment that is no TYPE, HELP, UNIT or EOF")
        }
        if words[1] == "TYPE", words.count == 4 { return type(String(words[2]), words[3]) }
        return nil
    }

    private mutating func type(_ name: String, _ type: Substring) -> OpenMetricsImport.Malformed? {
        switch type {
        case "counter": declare(name + "_total", .floatCounter)
        case "histogram", "summary":
            declare(name + "_bucket", .floatCounter) ?? declare(name + "_sum", .floatCounter)
                ?? declare(name + "_count", .floatCounter)
        default: declare(name, .floatGauge)
        }
    }

    /// A type that came too late would make two families of one.
    private mutating func declare(
        _ name: String, _ kind: ColumnLayout
    ) -> OpenMetricsImport.Malformed? {
        if let known = kinds[name], known != kind {
            return malformed("the type of \(name) is not what it was, or comes after its samples")
        }
        kinds[name] = kind
        return nil
    }

    /// Sets `latest` to the series of a key, new or known.
    private mutating func find(_ key: ArraySlice<UInt8>) throws(HistoryError)
        -> OpenMetricsImport.Malformed?
    {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in key { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        for candidate in known[hash] ?? [] where keys[candidate].elementsEqual(key) {
            latest = candidate
            return nil
        }
        switch OpenMetricsKey.parse(key) {
        case .failure(let problem): return malformed(problem.text)
        case .success(let series):
            let kind = kinds[series.name] ?? .floatGauge
            kinds[series.name] = kind
            places.append(try store.place(of: series, kind))
        }
        latest = keys.count
        keys.append(Array(key))
        known[hash, default: []].append(latest)
        summary.series = store.seriesCount
        return nil
    }
}
