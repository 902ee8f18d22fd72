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

    @Test func eventsAndPinsAreBounded() throws {
        let folder = try TemporaryFolder()
        let writer = try open(folder, start)
        let count = HistoryWriter.eventsMax + 500
        try writer.connection.execute(
            """
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
            INSERT INTO event (time_ms, boot, kind, subject, text)
            SELECT \(start) + i, 1, 'note', '', i FROM n
            """, call: "test")
        _ = try writer.maintain(nowMillis: start + 1000)
        let events = try HistoryReader(path: folder.file()).events()
        #expect(events.count == Int(HistoryWriter.eventsMax))
        #expect(events.last?.text == "\(count)")
        for _ in 0..<HistoryMark.pinsMax {
            guard case .pinned = try writer.put(.pin(from: 0, to: 1, reason: "")) else {
                Issue.record("refused early")
                return
            }
        }
        #expect(try writer.put(.pin(from: 0, to: 1, reason: "")) == .tooManyPins)
        try writer.close(clean: true, wallMillis: start)
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
