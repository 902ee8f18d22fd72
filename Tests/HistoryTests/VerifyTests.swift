// What `verify` says of rows that a question passes over or ends at: each is named with its reason,
// and a sound file has none.

import Stats
import Testing

@testable import History

@Suite struct VerifyTests {
    private let start: Int64 = 1_800_000_000_000

    /// A file at rest with a histogram, a counter and a gauge; then `sql` on it.
    private func verified(_ sql: String) throws -> VerifyReport {
        let folder = try TemporaryFolder()
        let source = Source(nowMillis: start)
        let writer = try open(folder, start)
        source.shard.add(source.registry.counter(source.requests, ["a"]), 1)
        source.shard.record(source.registry.histogram(source.time, ["a"]), 5)
        for _ in 0..<10 { _ = try writer.append(source.snapshot()) }
        try writer.close(clean: true, wallMillis: source.nowMillis)
        let connection = try Connection(
            folder.file(), path: folder.file(), flags: Connection.readWrite)
        try connection.execute("PRAGMA foreign_keys = OFF;" + sql, call: "test")
        connection.close()
        return try HistoryReader(path: folder.file(), salvages: true).verify()
    }

    @Test func aSoundFileHasNoFault() throws {
        let report = try verified("SELECT 1")
        #expect(report.isSound && report.frames == 10 && report.rowFaults == [])
    }

    private static let histogram = "WHERE template = 'cluster.{cluster}.rq_time'"

    @Test(arguments: [
        ("UPDATE family SET kind = 77 \(histogram)", "there is no kind 77"),
        ("UPDATE family SET kind = 256 \(histogram)", "there is no kind 256"),
        ("UPDATE family SET unit = 99 \(histogram)", "there is no unit 99"),
        ("UPDATE family SET labels = '[\"a' \(histogram)", "labels are no JSON array"),
        ("UPDATE family SET bounds = '[1,-2]' \(histogram)", "bounds are no JSON array"),
        ("UPDATE family SET bounds = '[2,2]' \(histogram)", "bounds do not ascend"),
    ])
    func aFamilyThatCannotBeAskedForIsNamed(sql: String, words: String) throws {
        let report = try verified(sql)
        #expect(!report.isSound && report.rowsLost == 1, "\(report.rowFaults)")
        let fault = try #require(report.rowFaults.first)
        #expect(fault.contains("weir_cluster_rq_time") && fault.contains(words), "\(fault)")
    }

    private static let counter =
        "WHERE family = (SELECT id FROM family WHERE template LIKE '%total')"

    @Test(arguments: [
        ("UPDATE series SET labels = '[\"a\",\"b\"]' \(counter)", "2 label values"),
        ("UPDATE series SET labels = 'a' \(counter)", "label values are no JSON array"),
        ("UPDATE series SET family = 4711 \(counter)", "there is no family 4711"),
    ])
    func aSeriesThatCannotBeAskedForIsNamed(sql: String, words: String) throws {
        let report = try verified(sql)
        #expect(!report.isSound && report.rowsLost == 1, "\(report.rowFaults)")
        let fault = try #require(report.rowFaults.first)
        #expect(fault.hasPrefix("series ") && fault.contains(words), "\(fault)")
    }

    @Test func aBlockOfNoTierIsNamed() throws {
        let report = try verified("INSERT INTO block VALUES (3, 9, 1, 0, 0, 0, 0, 0, x'00')")
        #expect(report.rowFaults == ["block 3: there is no tier 9"])
    }

    @Test(arguments: [
        ("DROP TABLE event", "event"), ("DROP TABLE boot", "boot"),
        ("ALTER TABLE boot DROP COLUMN clean", "clean"),
        ("ALTER TABLE pin DROP COLUMN reason", "reason"),
    ])
    func aTableThatAQuestionMissesIsNamed(sql: String, words: String) throws {
        do {
            let report = try verified(sql)
            #expect(!report.isSound && report.pageFaults.contains { $0.contains(words) })
        } catch let error as HistoryError {
            // Without boots it does not even open.
            #expect(error.isDamage && error.detail.contains(words))
        }
    }

    @Test func manyFaultsAreCountedAndSomeNamed() throws {
        let report = try verified(
            """
            WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 1999)
            INSERT INTO series SELECT i, 4711, '[]', 0, NULL FROM n
            """)
        #expect(report.rowsLost == 1000 && report.rowFaults.count == VerifyReport.rowFaultsMax)
    }
}
