// What is forgotten and what stays: events, boots and names of series leave with the samples they
// belong to, whatever is pinned or imported; what a pin needs stays with it. Marks, too.

import Foundation
import Stats
import Testing

@testable import History

@Suite struct RetentionTests {
    private static let day: Int64 = 86_400_000

    /// A boot of some frames with a series of its own that ends, and an event.
    private func boot(_ folder: TemporaryFolder, _ name: String, at millis: Int64) throws {
        let source = Source(nowMillis: millis)
        let writer = try open(folder, millis) { Self.forget(&$0) }
        let sink = source.registry.addSink("history")
        source.shard.add(source.registry.counter(source.requests, [name]), 1)
        for step in 0..<1000 {
            let snapshot = source.snapshot()
            _ = try writer.append(snapshot)
            source.registry.acknowledge(sink, sequence: snapshot.sequence)
            if step == 900 {
                let retirement = source.registry.retire(label: "cluster", value: name)
                source.shard.release(label: "cluster", value: name)
                source.registry.release(retirement)
            }
        }
        try writer.record(event: "note", text: name, atMillis: source.nowMillis)
        while try writer.compact(budgetNanos: 1_000_000) {}
        try writer.close(clean: true, wallMillis: source.nowMillis)
    }

    private static func forget(_ options: inout HistoryOptions) {
        options.retention = [Int64](repeating: day, count: 4)
    }

    private func left(
        _ folder: TemporaryFolder
    ) throws -> (events: [String], boots: Int, series: [String]) {
        let reader = try HistoryReader(path: folder.file())
        var series: [String] = []
        for family in try reader.families() where !family.isFloat && !family.labels.isEmpty {
            series += try reader.series(of: family).flatMap(\.labelValues)
        }
        return (
            try reader.events().filter { $0.kind == "note" }.map(\.text),
            try reader.boots().count { $0.id > 0 }, series.sorted()
        )
    }

    private let start: Int64 = 1_800_000_000_000

    private func expire(_ folder: TemporaryFolder, at millis: Int64) throws {
        let writer = try open(folder, millis) { Self.forget(&$0) }
        _ = try writer.append(Source(nowMillis: millis).snapshot())
        while try writer.maintain(nowMillis: millis).hasMore {}
        try writer.close(clean: true, wallMillis: millis)
    }

    @Test func anImportOfLongAgoKeepsNothingElse() throws {
        let folder = try TemporaryFolder()
        try boot(folder, "old", at: start)
        do {
            let history = try OfflineHistory(path: folder.file(), wallMillis: 0, version: "t")
            var text: [UInt8]? = Array("x 1 1000\nx 2 2000\n# EOF\n".utf8)
            let outcome = try OpenMetricsImport.run(into: history, source: "t") {
                defer { text = nil }
                return text
            }
            guard case .imported = outcome else {
                Issue.record("refused")
                return
            }
        }
        try boot(folder, "new", at: start + 40 * Self.day)
        #expect(try left(folder).events == ["old", "new"])
        try expire(folder, at: start + 40 * Self.day + 3_600_000)
        let rest = try left(folder)
        #expect(rest.events == ["new"] && rest.series == ["new"] && rest.boots == 2)
        let reader = try HistoryReader(path: folder.file())
        #expect(try reader.boots().contains { $0.id < 0 }, "the boot of the import")
        let family = try #require(try reader.families().first { $0.isFloat })
        #expect(try reader.series(of: family).count == 1)
    }

    @Test func aPinKeepsWhatItNeeds() throws {
        let folder = try TemporaryFolder()
        try boot(folder, "pinned", at: start)
        let pinner = try open(folder, start + 2_000_000) { Self.forget(&$0) }
        let pin = try pinner.put(.pin(from: start + 500_000, to: start + 600_000, reason: ""))
        try pinner.close(clean: true, wallMillis: start + 2_000_000)
        try boot(folder, "middle", at: start + 80 * Self.day)
        try boot(folder, "new", at: start + 160 * Self.day)
        try expire(folder, at: start + 160 * Self.day + 3_600_000)
        var rest = try left(folder)
        #expect(rest.events == ["pinned", "new"] && rest.series == ["new", "pinned"])
        let reader = try HistoryReader(path: folder.file())
        let family = try #require(
            try reader.families().first { $0.template == "cluster.{cluster}.rq_total" })
        let window = try reader.window(
            family: family.id, seriesIDs: nil, from: start, to: start + 700_000,
            tier: .exactly(.flush))
        #expect(window.lives.count == 1)
        // Without it all of that goes too.
        guard case .pinned(let id) = pin else {
            Issue.record("\(pin)")
            return
        }
        do {
            let history = try OfflineHistory(path: folder.file(), wallMillis: 0, version: "t")
            #expect(try history.put(.unpin(id)) == .done)
            #expect(try history.put(.unpin(id)) == .noSuchPin)
        }
        try expire(folder, at: start + 160 * Self.day + 7_200_000)
        rest = try left(folder)
        #expect(rest.events == ["new"] && rest.series == ["new"])
    }

    /// Events of the longest texts, one a millisecond, numbered from 1 by their kinds.
    private func fill(_ writer: HistoryWriter, _ count: Int64, at millis: Int64) throws {
        let text = String(repeating: "x", count: HistoryMark.textBytesMax)
        let subject = String(repeating: "y", count: HistoryMark.subjectBytesMax)
        try writer.connection.execute(
            """
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
            INSERT INTO event (time_ms, boot, kind, subject, text)
            SELECT \(millis) + i, 1, i, '\(subject)', '\(text)' FROM n
            """, call: "test")
    }

    private func kinds(_ folder: TemporaryFolder) throws -> [Int] {
        try HistoryReader(path: folder.file()).events().compactMap { Int($0.kind) }
    }

    @Test func eventsTakeASmallShareAndNoBlockPaysForThem() throws {
        let folder = try TemporaryFolder()
        try boot(folder, "a", at: start)
        let writer = try open(folder, start + 2_000_000) { $0.sizeCapBytes = 4 << 20 }
        #expect(writer.eventsMax == 128)
        try fill(writer, 4000, at: start + 2_000_000)
        #expect(writer.fileBytes + writer.walBytes > 4 << 20, "more than the cap by themselves")
        var (dropped, steps) = (0, 0)
        var hasMore = true
        while hasMore, steps < 100 {
            let step = try writer.maintain(nowMillis: start + 3_000_000)
            dropped += step.framesDropped + step.blocksDropped
            hasMore = step.hasMore
            steps += 1
        }
        #expect(dropped == 0 && steps < 100)
        let left = try kinds(folder)
        #expect(left == Array(4000 - left.count + 1...4000) && (100...128).contains(left.count))
        let block = try #require(
            try writer.connection.integer("SELECT count(*) FROM block", call: ""))
        #expect(block > 0)
        try writer.close(clean: true, wallMillis: start + 3_000_000)
    }

    @Test func eventsNearAPinGoLastAmongTheOlderHalf() throws {
        let folder = try TemporaryFolder()
        let writer = try open(folder, start) { $0.sizeCapBytes = 4 << 20 }
        _ = try writer.put(.pin(from: start, to: start + 1000, reason: ""))
        try fill(writer, 40, at: start)
        let later = start + 90 * Self.day
        try fill(writer, 200, at: later)
        while try writer.maintain(nowMillis: later).hasMore {}
        let events = try HistoryReader(path: folder.file()).events().filter { Int($0.kind) != nil }
        #expect(events.count { $0.timeMillis < later } == 40)
        #expect(events.count <= 128 && events.last?.kind == "200")
        // More of them than the older half holds: the oldest of them go too.
        try fill(writer, 500, at: start + 500)
        while try writer.maintain(nowMillis: later).hasMore {}
        #expect(try writer.connection.integer("SELECT count(*) FROM event", call: "") ?? 0 <= 128)
        try writer.close(clean: true, wallMillis: later)
    }

    @Test func aLargeFileHoldsTenThousandEvents() throws {
        let folder = try TemporaryFolder()
        let writer = try open(folder, start)
        #expect(writer.eventsMax == 10_000)
        try fill(writer, 10_500, at: start)
        while try writer.maintain(nowMillis: start + 20_000).hasMore {}
        let left = try kinds(folder)
        #expect((9000...10_000).contains(left.count) && left.last == 10_500)
        #expect(
            try HistoryReader(path: folder.file()).events(newest: 3).map(\.kind)
                == ["10498", "10499", "10500"])
        try writer.close(clean: true, wallMillis: start)
    }

    @Test func pinsAreBoundedAndTheSameOneIsOne() throws {
        let folder = try TemporaryFolder()
        let writer = try open(folder, start)
        var ids: Set<Int64> = []
        for end in 1...Int64(HistoryMark.pinsMax) {
            guard case .pinned(let id) = try writer.put(.pin(from: 0, to: end, reason: "")) else {
                Issue.record("refused early")
                return
            }
            ids.insert(id)
            if end == 1 {
                #expect(try writer.put(.pin(from: 0, to: 1, reason: "")) == .pinned(id))
                #expect(try HistoryReader(path: folder.file()).pins().count == 1)
            }
        }
        #expect(ids.count == HistoryMark.pinsMax)
        #expect(try writer.put(.pin(from: 0, to: 1, reason: "other")) == .tooManyPins)
        guard case .pinned(let again) = try writer.put(.pin(from: 0, to: 7, reason: "")) else {
            Issue.record("one that is there was refused")
            return
        }
        #expect(ids.contains(again))
        try writer.close(clean: true, wallMillis: start)
    }

    @Test(arguments: [
        ("a\u{202E}b", "text: an invisible character (U+202E)"),
        ("a\u{200B}b", "text: an invisible character (U+200B)"),
        ("a\u{E0041}b", "text: an invisible character (U+E0041)"),
        ("a\u{7}b", "text: a control character (U+0007)"),
    ])
    func textsAreWhatTheyLookLike(text: String, words: String) {
        let mark = HistoryMark.annotation(kind: "k", subject: "", text: text, atMillis: start)
        #expect(mark.refusal(nowMillis: start)?.hasPrefix(words) == true)
        let pin = HistoryMark.pin(from: 0, to: 1, reason: text)
        #expect(pin.refusal(nowMillis: start)?.hasPrefix("reason" + words.dropFirst(4)) == true)
    }

    @Test func annotationsLieADayAheadAtMost() {
        func refusal(_ ahead: Int64) -> String? {
            HistoryMark.annotation(kind: "k", subject: "", text: "ä 😀", atMillis: start + ahead)
                .refusal(nowMillis: start)
        }
        #expect(refusal(Self.day) == nil)
        #expect(refusal(Self.day + 1)?.hasPrefix("time: it may lie a day ahead, not more") == true)
    }

    @Test func anEarlierClockAtTheStartIsAnEvent() throws {
        let folder = try TemporaryFolder()
        var source = Source(nowMillis: start)
        var writer = try open(folder, start)
        for _ in 0..<10 { _ = try writer.append(source.snapshot()) }
        try writer.close(clean: true, wallMillis: source.nowMillis)
        source = Source(nowMillis: start - 5000)
        writer = try open(folder, start - 5000)
        _ = try writer.append(source.snapshot())
        let events = try HistoryReader(path: folder.file()).events()
        #expect(
            events.filter { $0.kind == "clock" }.map(\.text)
                == ["stepped back by 15000 ms before the start"])
        try writer.close(clean: true, wallMillis: source.nowMillis)
    }

    @Test func theAdminIsNamedWhileAWeirWrites() throws {
        let folder = try TemporaryFolder()
        let writer = try open(folder, start) { $0.adminURL = "http://127.0.0.1:9901" }
        let reader = try HistoryReader(path: folder.file())
        #expect(try reader.adminURL() == "http://127.0.0.1:9901")
        try writer.close(clean: true, wallMillis: start + 1)
        #expect(try HistoryReader(path: folder.file()).adminURL() == nil)
    }
}
