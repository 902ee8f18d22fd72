// The writer against a real file: what is acknowledged can be read back exactly, over restarts,
// retired series, a full disk, a backward clock, and files that are not its own.

import Foundation
import Stats
import Testing

@testable import History

@Suite struct WriterTests {
    @Test func schemaFileAndCodeAgree() throws {
        let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(
            contentsOf: root.appendingPathComponent("schemas/history.sql"), encoding: .utf8)
        let statements = text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("--") }.joined(separator: "\n").split(separator: ";")
            .map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.filter { !$0.isEmpty }
        #expect(statements == HistorySchema.statements)
        #expect(text.contains("application_id = \(HistorySchema.applicationID) "))
        #expect(text.contains("user_version = \(HistorySchema.version);"))
        #expect(text.contains("page_size = \(HistorySchema.pageBytes);"))
    }

    @Test func whatWasAppendedIsReadBack() throws {
        let folder = try TemporaryFolder()
        let source = Source()
        let writer = try open(folder, source.nowMillis)
        #expect(writer.notices.isEmpty)
        let a = source.registry.counter(source.requests, ["a"])
        let time = source.registry.histogram(source.time, ["a"])
        let active = source.registry.gauge(source.active)
        var expected: [UInt64] = []
        var total: UInt64 = 0
        for step in 0..<150 {
            source.shard.add(a, UInt64(step % 7))
            source.shard.add(active, step % 2 == 0 ? 1 : -1)
            source.shard.record(time, UInt64(step) * 1_000_000)
            total += UInt64(step % 7)
            expected.append(total)
            #expect(try writer.append(source.snapshot()) > 0)
        }
        try writer.close(clean: true, wallMillis: source.nowMillis)
        #expect(folder.names == ["weir.db"])
        let reader = try HistoryReader(path: folder.file())
        #expect(try reader.counterValues("cluster.{cluster}.rq_total", ["a"]) == expected)
        let id = try #require(try reader.seriesID("cluster.{cluster}.rq_time", ["a"]))
        let (rows, report) = try reader.steps(
            of: [id], from: 0, to: source.nowMillis, stepMillis: source.nowMillis)
        #expect(report.faults.isEmpty && report.frames == 150)
        guard case .histogram(let histogram) = rows[0][0].last else {
            Issue.record("no histogram")
            return
        }
        let family = try #require(try reader.families().first { $0.kind == .histogram })
        let snapshot = source.snapshot()
        let series = snapshot.series(of: source.time)[0]
        #expect(histogram.value(layout: family.layout) == snapshot.histogram(series))
        #expect(rows[0][0].increase == 150)
        #expect(folder.names == ["weir.db"])
        let after = try reader.info()
        #expect(after.frames == 150 && after.lastBoot?.isClean == true)
        #expect(after.samples == 150 * 3)
    }

    @Test func filesAreForTheirOwnerOnly() throws {
        let folder = try TemporaryFolder()
        let source = Source()
        let old = umask(0)
        defer { umask(old) }
        let writer = try open(folder, source.nowMillis)
        _ = try writer.append(source.snapshot())
        for name in ["weir.db", "weir.db-wal", "weir.db-shm"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.file(name))
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
        try writer.close(clean: true, wallMillis: source.nowMillis)
    }

    @Test func countersStayExactOverRestartsAndKills() throws {
        let folder = try TemporaryFolder()
        var now: Int64 = 1_800_000_000_000
        var total: UInt64 = 0
        for boot in 0..<4 {
            let source = Source(nowMillis: now)
            let writer = try open(folder, now)
            #expect(writer.notices.count == (boot > 0 && boot % 2 == 0 ? 1 : 0), "boot \(boot)")
            let counter = source.registry.counter(source.requests, ["a"])
            for step in 0..<70 {
                source.shard.add(counter, UInt64(step + boot))
                total += UInt64(step + boot)
                _ = try writer.append(source.snapshot())
            }
            now = source.nowMillis + 30_000
            if boot % 2 == 0 {
                try writer.close(clean: true, wallMillis: source.nowMillis)
            } else {
                writer.connection.close()  // what a kill leaves
            }
        }
        let reader = try HistoryReader(path: folder.file())
        let id = try #require(try reader.seriesID("cluster.{cluster}.rq_total", ["a"]))
        let (rows, _) = try reader.steps(of: [id], from: 0, to: now, stepMillis: now)
        #expect(rows[0].count == 1 && rows[0][0].increase == total)
        #expect(rows[0][0].coveredMillis == 4 * 70_000)
        let small = try reader.steps(of: [id], from: 0, to: now, stepMillis: 7000).rows[0]
        #expect(small.reduce(0) { $0 + ($1.increase ?? 0) } == total)
        let boots = try reader.boots()
        #expect(boots.map(\.isClean) == [true, false, true, false])
        #expect(boots[1].endMillis != nil && boots[3].endMillis == nil)
    }

    @Test func retiredAndRebornSeriesAreToldApart() throws {
        let folder = try TemporaryFolder()
        let source = Source()
        let writer = try open(folder, source.nowMillis)
        let sink = source.registry.addSink("history")
        var total: UInt64 = 0
        for life in 0..<5 {
            let shared = source.registry.counter(source.requests, ["gone"])
            for step in 0..<25 {
                source.shard.add(shared, UInt64(life + 1))
                total += UInt64(life + 1)
                let snapshot = source.snapshot()
                _ = try writer.append(snapshot)
                source.registry.acknowledge(sink, sequence: snapshot.sequence)
                if step == 24 {
                    let retirement = source.registry.retire(label: "cluster", value: "gone")
                    source.shard.release(label: "cluster", value: "gone")
                    source.registry.release(retirement)
                }
            }
            for _ in 0..<3 {
                let snapshot = source.snapshot()
                _ = try writer.append(snapshot)
                source.registry.acknowledge(sink, sequence: snapshot.sequence)
            }
        }
        let reader = try HistoryReader(path: folder.file())
        let id = try #require(try reader.seriesID("cluster.{cluster}.rq_total", ["gone"]))
        let (rows, _) = try reader.steps(
            of: [id], from: 0, to: source.nowMillis, stepMillis: source.nowMillis)
        #expect(rows[0][0].increase == total)
    }

    @Test func aFullDiskLosesNothing() throws {
        let folder = try TemporaryFolder()
        let source = Source()
        let writer = try open(folder, source.nowMillis)
        let counter = source.registry.counter(source.requests, ["a"])
        source.shard.add(counter, 1)
        _ = try writer.append(source.snapshot())
        let pages = try writer.connection.integer("PRAGMA page_count", call: "test") ?? 0
        try writer.connection.execute("PRAGMA max_page_count = \(pages)", call: "test")
        var failures = 0
        var births = 0
        for step in 0..<400 {
            source.shard.add(counter, 2)
            births += 1
            _ = source.registry.counter(source.requests, ["born-\(step)"])
            do {
                _ = try writer.append(source.snapshot())
            } catch {
                #expect(error.reason == .full && error.path == folder.file(), "\(error)")
                #expect(error.isTransient)
                failures += 1
                if failures == 5 { break }
            }
        }
        #expect(failures == 5)
        try writer.connection.execute("PRAGMA max_page_count = 1000000", call: "test")
        source.shard.add(counter, 7)
        _ = try writer.append(source.snapshot())
        let reader = try HistoryReader(path: folder.file())
        let values = try reader.counterValues("cluster.{cluster}.rq_total", ["a"])
        #expect(values.last == UInt64(1 + 2 * births + 7))
        #expect(try reader.info().series == births + 1 + 0)
    }

    @Test func aClockThatStepsBackLosesNothing() throws {
        let folder = try TemporaryFolder()
        let source = Source()
        let writer = try open(folder, source.nowMillis)
        let counter = source.registry.counter(source.requests, ["a"])
        for step in 0..<100 {
            source.shard.add(counter, 1)
            _ = try writer.append(source.snapshot(after: step == 50 ? -20_000 : 1000))
        }
        let reader = try HistoryReader(path: folder.file())
        let all = try reader.counterValues("cluster.{cluster}.rq_total", ["a"])
        #expect(all == (1...100).map { UInt64($0) })
        let id = try #require(try reader.seriesID("cluster.{cluster}.rq_total", ["a"]))
        let end = try #require(try reader.timeRange()).upperBound
        let (rows, _) = try reader.steps(of: [id], from: 0, to: end, stepMillis: end)
        #expect(rows[0][0].increase == 100)
        let small = try reader.steps(of: [id], from: 0, to: end, stepMillis: 5000).rows[0]
        #expect(small.map(\.endMillis) == small.map(\.endMillis).sorted())
        #expect(small.reduce(0) { $0 + ($1.increase ?? 0) } == 100)
        #expect(try reader.events().contains { $0.kind == "clock" })
    }

    @Test func aDamagedFileIsReplacedWhileRunning() throws {
        let folder = try TemporaryFolder()
        let source = Source()
        var writer = try open(folder, source.nowMillis)
        let counter = source.registry.counter(source.requests, ["a"])
        source.shard.add(counter, 5)
        _ = try writer.append(source.snapshot())
        try writer.close(clean: false, wallMillis: source.nowMillis)
        writer = try HistoryWriter.open(
            writer.options, wallMillis: source.nowMillis, originMillis: source.nowMillis - 10_000,
            existing: .moveAside)
        #expect(writer.notices.count == 1)
        _ = try writer.append(source.snapshot())
        #expect(folder.names.contains { $0.contains(".corrupt-") })
        let reader = try HistoryReader(path: folder.file())
        #expect(try reader.counterValues("cluster.{cluster}.rq_total", ["a"]) == [5])
        #expect(try reader.boots().map(\.startMillis) == [source.nowMillis - 11_000])
    }

    @Test func onlyOneWriterAtATime() throws {
        let folder = try TemporaryFolder()
        let first = try open(folder, 1000)
        let error = #expect(throws: HistoryError.self) { _ = try open(folder, 1000) }
        #expect(error?.reason == .alreadyWriting)
        try first.close(clean: true, wallMillis: 2000)
    }

    @Test func eventsLieOnTheAxis() throws {
        let folder = try TemporaryFolder()
        let writer = try open(folder, 1000)
        try writer.record(event: "config", subject: "a", text: "2 clusters", atMillis: 1500)
        let events = try HistoryReader(path: folder.file()).events(from: 1200, to: 1600)
        #expect(events.map(\.text) == ["2 clusters"])
        try writer.close(clean: true, wallMillis: 2000)
    }
}
