// OpenMetrics out and in: what was exported and imported again says the same; a malformed
// line is named and leaves nothing behind; a copy, a verification and a size report of the
// same file.

import Foundation
import Stats
import Testing

@testable import History

@Suite struct OpenMetricsTests {
    private func history(_ folder: TemporaryFolder) throws -> (HistoryWriter, Source) {
        let source = Source()
        let writer = try open(folder, source.nowMillis)
        let counter = source.registry.counter(source.requests, ["a\"\\\n"])
        let time = source.registry.histogram(source.time, ["b"])
        let active = source.registry.gauge(source.active)
        for step in 0..<1500 {
            source.shard.add(counter, UInt64(step % 3))
            source.shard.record(time, UInt64(step + 1) * 1_000_000)
            source.shard.set(active, Int64(step % 10) - 5)
            _ = try writer.append(source.snapshot())
        }
        while try writer.compact(budgetNanos: 1_000_000) {}
        return (writer, source)
    }

    private func exported(_ path: String) throws -> String {
        let reader = try HistoryReader(path: path)
        var export = OpenMetricsExport(
            reader, from: .min, to: .max, tier: .exactly(.flush))
        var text: [UInt8] = []
        try export.run { bytes in
            text += bytes
            return true
        }
        return String(decoding: text, as: UTF8.self)
    }

    private func imported(
        _ text: String, _ path: String, pieces: Int = 7
    ) throws -> OpenMetricsImport.Outcome {
        let history = try OfflineHistory(path: path, wallMillis: 5000, version: "test")
        var rest = Array(text.utf8)[...]
        let size = max(1, rest.count / pieces)
        return try OpenMetricsImport.run(into: history, source: "test") {
            if rest.isEmpty { return nil }
            let piece = Array(rest.prefix(size))
            rest = rest.dropFirst(size)
            return piece
        }
    }

    @Test func exportAndImportSayTheSame() throws {
        let folder = try TemporaryFolder()
        let (writer, source) = try history(folder)
        let text = try exported(folder.file())
        #expect(text.hasSuffix("# EOF\n") && text.contains("# TYPE weir_rq_active gauge\n"))
        guard case .imported(let summary) = try imported(text, folder.file("copy.db")) else {
            Issue.record("refused")
            return
        }
        // 1,500 and a zero each of the counter, 22 lines of the histogram; no zero of the gauge.
        #expect(summary.samples == 1501 + 22 * 1501 + 1500 && summary.series == 24)
        func samples(_ text: String) -> Set<Substring> {
            Set(text.split(separator: "\n").filter { !$0.hasPrefix("#") })
        }
        let again = samples(try exported(folder.file("copy.db")))
        let numbers = { (line: Substring) -> String in
            let words = line.split(separator: " ")
            return "\(words[0]) \(Double(words[1]) ?? 0) \(words[2])"
        }
        #expect(Set(again.map(numbers)) == Set(samples(text).map(numbers)))
        try writer.close(clean: true, wallMillis: source.nowMillis)
    }

    @Test func floatsSurviveAnImport() throws {
        let folder = try TemporaryFolder()
        let lines = ["0.1", "1e300", "-2.5", "NaN", "+Inf", "3", "0.30000000000000004"]
        var text = "# TYPE x gauge\n"
        for (second, value) in lines.enumerated() {
            text += "x{a=\"b\"} \(value) \(second + 1).5\n"
        }
        _ = try imported(text + "# EOF\n", folder.file())
        let reader = try HistoryReader(path: folder.file())
        let family = try #require(try reader.families().first)
        #expect(family.isFloat && family.kind == .gauge && family.labels == ["a"])
        let window = try reader.window(
            family: family.id, seriesIDs: nil, from: .min, to: .max, tier: .exactly(.flush))
        var bits: [UInt64] = []
        for piece in window.lives[0].pieces { #expect(window.values(of: piece, into: &bits)) }
        let expected: [Double] = [0.1, 1e300, -2.5, .nan, .infinity, 3, 0.30000000000000004]
        #expect(bits == expected.map(\.bitPattern))
        #expect(window.axes.flatMap(\.times) == (0..<7).map { Int64($0) * 1000 + 1500 })
        // weir goes on in the same file, and its boots are numbered from one.
        let writer = try open(folder, 10_000)
        #expect(writer.bootID == 1)
        try writer.close(clean: true, wallMillis: 20_000)
    }

    /// Two boots, the second with an earlier clock; a clock that steps back; a series that is
    /// retired and born again; more than 64 series. The counts of each series.
    private func troubled(_ folder: TemporaryFolder) throws -> [String: UInt64] {
        var totals: [String: UInt64] = [:]
        var now: Int64 = 1_800_000_000_000
        for boot in 0..<2 {
            let source = Source(nowMillis: now)
            let writer = try open(folder, now)
            let sink = source.registry.addSink("history")
            var counters = (0..<70).map { source.registry.counter(source.requests, ["c\($0)"]) }
            let time = source.registry.histogram(source.time, ["t"])
            for step in 0..<1200 {
                for index in 0..<70 where (step + index) % 5 == 0 {
                    source.shard.add(counters[index], UInt64(index + boot))
                    totals["c\(index)", default: 0] += UInt64(index + boot)
                }
                if step % 7 == 0 { source.shard.record(time, UInt64(step + 1) * 1_000_000) }
                let snapshot = source.snapshot(after: step % 400 == 399 ? -90_000 : 1000)
                _ = try writer.append(snapshot)
                source.registry.acknowledge(sink, sequence: snapshot.sequence)
                if step % 200 == 150 {
                    let retirement = source.registry.retire(label: "cluster", value: "c9")
                    source.shard.release(label: "cluster", value: "c9")
                    source.registry.release(retirement)
                    counters[9] = source.registry.counter(source.requests, ["c9"])
                }
            }
            now = source.nowMillis - 500_000
            try writer.close(clean: true, wallMillis: source.nowMillis)
        }
        return totals
    }

    /// By series: its lines in order.
    private func lines(_ text: String) -> [String: [(time: Double, value: Double)]] {
        var result: [String: [(time: Double, value: Double)]] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let words = line.split(separator: " ")
            result[String(words[0]), default: []].append(
                (Double(words[2]) ?? .nan, Double(words[1]) ?? .nan))
        }
        return result
    }

    @Test(arguments: [64 << 20, 100_000])
    func timesAscendAndEveryCountIsThere(windowBytesMax: Int) throws {
        let folder = try TemporaryFolder()
        let totals = try troubled(folder)
        for isCompacted in [false, true] {
            if isCompacted {
                try OfflineHistory(path: folder.file(), wallMillis: 0, version: "t").compact()
            }
            var export = OpenMetricsExport(
                try HistoryReader(path: folder.file()), from: .min, to: .max,
                tier: .exactly(.flush))
            export.windowBytesMax = windowBytesMax
            var bytes: [UInt8] = []
            try export.run { piece in
                bytes += piece
                return true
            }
            #expect(export.skipped > 0)
            let text = String(decoding: bytes, as: UTF8.self)
            var last = ""
            var seen: Set<String> = []
            for line in text.split(separator: "\n") where !line.hasPrefix("#") {
                let key = String(line.prefix { $0 != " " })
                if key.contains("_bucket") || key.contains("_sum") || key.contains("_count") {
                    continue
                }
                if key != last { #expect(seen.insert(key).inserted, "\(key) is in two places") }
                last = key
            }
            let series = lines(text)
            for (key, samples) in series {
                #expect(
                    zip(samples, samples.dropFirst()).allSatisfy { $0.time < $1.time }, "\(key)")
            }
            for (label, total) in totals {
                let key = "weir_cluster_rq_total{cluster=\"\(label)\"}"
                let values = try #require(series[key]).map(\.value)
                // As rate() sees it: what is less than before began from zero.
                var growth = 0.0
                for (before, after) in zip(values, values.dropFirst()) {
                    growth += after < before ? after : after - before
                }
                #expect(growth + values[0] == Double(total), "\(label) compacted \(isCompacted)")
            }
            guard case .imported = try imported(text, folder.file("in-\(isCompacted).db")) else {
                Issue.record("its own text is refused")
                return
            }
            try checkWithPromtool(text, folder)
        }
    }

    /// Where promtool is installed, it makes blocks of it.
    private func checkWithPromtool(_ text: String, _ folder: TemporaryFolder) throws {
        let program = "/usr/bin/promtool"
        guard FileManager.default.isExecutableFile(atPath: program) else { return }
        try text.write(toFile: folder.file("out.om"), atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = [
            "tsdb", "create-blocks-from", "openmetrics", folder.file("out.om"),
            folder.file("blocks"),
        ]
        let output = Pipe()
        process.standardError = output
        process.standardOutput = output
        try process.run()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(String(decoding: said, as: UTF8.self))")
        try? FileManager.default.removeItem(atPath: folder.file("blocks"))
    }

    /// More than an import collects before it writes.
    private static let manyLines = (0..<1_060_000).map { "x 1 \($0)\n" }.joined()

    /// A quote is a quote before any letter, and labels are the same in any order.
    @Test func spellingsOfOneSeriesMeet() throws {
        let folder = try TemporaryFolder()
        let text =
            "x{a=\"\u{301}\",b=\"2\"} 1 1\nx{b=\"2\",a=\"\u{301}\",c=\"\"} 2 2\n# EOF\n"
        guard case .imported(let summary) = try imported(text, folder.file()) else {
            Issue.record("refused")
            return
        }
        #expect(summary.series == 1 && summary.samples == 2)
        let lines = try exported(folder.file()).split(separator: "\n").filter { $0.first == "x" }
        #expect(lines == ["x{a=\"\u{301}\",b=\"2\"} 1.0 1", "x{a=\"\u{301}\",b=\"2\"} 2.0 2"])
    }

    @Test func textThatIsNoUTF8IsRefused() throws {
        let folder = try TemporaryFolder()
        let history = try OfflineHistory(path: folder.file(), wallMillis: 5000, version: "test")
        var pieces = [Array("x{a=\"".utf8) + [0xC3] + Array("\"} 1 1\n# EOF\n".utf8)]
        let outcome = try OpenMetricsImport.run(into: history, source: "test") { pieces.popLast() }
        guard case .malformed(let problem) = outcome else {
            Issue.record("taken")
            return
        }
        #expect(problem.line == 1 && problem.reason.contains("UTF-8"))
    }

    /// Samples of a century apart, a block before, after and between: no walk through empty days.
    @Test func yearsWithoutSamplesAreSkipped() throws {
        let folder = try TemporaryFolder()
        let times = ["-3000000000", "-1", "5", "179999999.001", "9000000000", "9999999999"]
        let lines = times.map { "x 1.0 \($0)" } + ["y 2.0 7", "y 3.0 8000000000"]
        _ = try imported(lines.joined(separator: "\n") + "\n# EOF\n", folder.file())
        let text = try exported(folder.file())
        #expect(text.split(separator: "\n").filter { $0.first != "#" } == lines.map { $0[...] })
    }

    private static let malformed: [(text: String, line: Int)] = [
        ("x 1 1\nx 2 1\n# EOF\n", 2), ("x 1\n# EOF\n", 1), ("x one 1\n# EOF\n", 1),
        ("x 1 soon\n# EOF\n", 1), ("x{a=\"b 1 1\n# EOF\n", 1), ("x{a=b} 1 1\n# EOF\n", 1),
        ("x{a=\"1\",a=\"2\"} 1 1\n# EOF\n", 1), ("x 1 1\n\n# EOF\n", 2), ("# hello\n# EOF\n", 1),
        ("x 1 1\n# EOF\ny 1 1\n", 3), (manyLines + "x 1 1 oops\n# EOF\n", 1_060_001),
        ("x 1 1\nx 1 2\nx 1 3", 4), ("x 1 1 2\n# EOF\n", 1), ("x 1 1\n", 2), (" 1 1\n# EOF\n", 1),
        ("x\u{0} 1 1\n# EOF\n", 1), ("x.y 1 1\n# EOF\n", 1), ("1x 1 1\n# EOF\n", 1),
        ("x{a.b=\"1\"} 1 1\n# EOF\n", 1), ("x{=\"1\"} 1 1\n# EOF\n", 1),
        ("x{a=\"1\"b=\"2\"} 1 1\n# EOF\n", 1), ("x{b=\"\",b=\"\"} 1 1\n# EOF\n", 1),
        ("x_total 1 1\n# TYPE x counter\n# EOF\n", 2),
        ("x{a=\"1\",b=\"2\"} 1 1\nx{b=\"2\",a=\"1\"} 2 1\n# EOF\n", 2),
    ]

    @Test(arguments: malformed.indices)
    func malformedTextLeavesNothing(index: Int) throws {
        let (text, line) = Self.malformed[index]
        let folder = try TemporaryFolder()
        guard case .malformed(let problem) = try imported(text, folder.file(), pieces: 1) else {
            Issue.record("taken: \(text)")
            return
        }
        #expect(problem.line == line, "\(text): \(problem)")
        let reader = try HistoryReader(path: folder.file())
        #expect(try reader.families().isEmpty && reader.boots().isEmpty)
    }

    @Test func copiesAreWholeAndVerified() throws {
        let folder = try TemporaryFolder()
        let (writer, source) = try history(folder)
        let reader = try HistoryReader(path: folder.file())
        try reader.copy(to: folder.file("copy.db"))
        #expect(throws: HistoryError.self) { try reader.copy(to: folder.file("copy.db")) }
        #expect(try exported(folder.file("copy.db")) == exported(folder.file()))
        let copy = try HistoryReader(path: folder.file("copy.db"))
        let report = try copy.verify()
        #expect(report.isSound && report.blocks == 1 && report.chunks == 3)
        let sizes = try copy.sizes()
        #expect(sizes.tiers.map(\.tier) == [nil, .flush] && sizes.families.count == 3)
        var options = HistoryOptions(path: "")
        #expect(sizes.daysLeft(options) == nil, "age takes everything first")
        options.sizeCapBytes = 1
        #expect(sizes.daysLeft(options) == 0)
        try writer.connection.execute(
            "UPDATE chunk SET data = zeroblob(9) WHERE id = (SELECT max(id) FROM chunk)",
            call: "test")
        let damaged = try HistoryReader(path: folder.file()).verify()
        #expect(!damaged.isSound && damaged.blockFaults.count == 1)
        try writer.close(clean: true, wallMillis: source.nowMillis)
    }

    @Test func offlineCompactionTakesEverything() throws {
        let folder = try TemporaryFolder()
        let (writer, source) = try history(folder)
        let before = try exported(folder.file())
        let busy = #expect(throws: HistoryError.self) {
            _ = try OfflineHistory(path: folder.file(), wallMillis: 0, version: "test")
        }
        #expect(busy?.reason == .alreadyWriting)
        try writer.close(clean: true, wallMillis: source.nowMillis)
        do {
            let offline = try OfflineHistory(path: folder.file(), wallMillis: 0, version: "test")
            try offline.compact()
        }
        let reader = try HistoryReader(path: folder.file())
        #expect(try reader.sizes().tiers.map(\.tier) == [.flush])
        #expect(try exported(folder.file()) == before)
        let next = try open(folder, source.nowMillis + 5000)
        #expect(next.bootID == 2)
        let fresh = Source(nowMillis: source.nowMillis + 5000)
        _ = try next.append(fresh.snapshot())
        #expect(try HistoryReader(path: folder.file()).info().frames == 1501)
        try next.close(clean: true, wallMillis: fresh.nowMillis)
    }
}
