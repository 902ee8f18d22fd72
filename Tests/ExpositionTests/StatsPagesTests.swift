import Foundation
import Stats
import Testing

@testable import Exposition

@Suite struct StatsPagesTests {
    private func text(
        _ snapshot: Snapshot, previous: Snapshot? = nil, usedOnly: Bool = false,
        include: ((String) -> Bool)? = nil
    ) -> String {
        var output = ByteOutput()
        StatsText.render(
            snapshot, previous: previous, into: &output, usedOnly: usedOnly, include: include)
        return output.text
    }

    @Test func sortedLines() {
        let maker = SnapshotMaker()
        let b = maker.declare("b.{x}.count", .counter)
        let a = maker.declare("a.level", .gauge)
        let t = maker.declare("b.time", .gauge, unit: .nanoseconds)
        let h = maker.declare("b.hist", .histogram)
        maker.add(b, ["z"], 2)
        maker.add(b, ["y.1"], 1)
        maker.set(a, -3)
        maker.set(t, 2_500_000)
        _ = maker.registry.histogram(h)
        let snapshot = maker.snapshot()
        let wanted =
            "a.level: -3\nb.hist: No recorded values\nb.time: 2.5\nb.y_1.count: 1\nb.z.count: 2\n"
        #expect(text(snapshot) == wanted)
        #expect(!text(snapshot, usedOnly: true).contains("b.hist"))
        #expect(text(snapshot, include: { $0.hasPrefix("a.") }) == "a.level: -3\n")
    }

    @Test func quantilesOfOneValue() {
        let maker = SnapshotMaker()
        let size = maker.declare("size", .histogram, unit: .bytes, bounds: [999, 1000])
        maker.record(size, [1000])
        let first = maker.snapshot()
        let names = ["0", "25", "50", "75", "90", "95", "99", "99.5", "99.9", "100"]
        let alone = names.map { "P\($0)(nan,1000)" }.joined(separator: " ")
        #expect(text(first) == "size: \(alone)\n")
        let second = maker.snapshot()
        #expect(text(second, previous: first) == "size: \(alone)\n")
        maker.record(size, [1000, 1000])
        let third = maker.snapshot()
        let both = names.map { "P\($0)(1000,1000)" }.joined(separator: " ")
        #expect(text(third, previous: second) == "size: \(both)\n")
    }

    @Test func timesAreMillisecondsWithFourDigits() {
        let maker = SnapshotMaker()
        let time = maker.declare("time", .histogram, unit: .nanoseconds, bounds: [1_234_555])
        maker.record(time, [UInt64](repeating: 1_234_567, count: 9))
        let line = text(maker.snapshot())
        for field in line.split(separator: " ").dropFirst() {
            let value = field.dropLast(field.hasSuffix("\n") ? 2 : 1).split(separator: ",")[1]
            let number = Double(value) ?? 0
            #expect(abs(number - 1.234567) < 0.05 && value.utf8.count <= 5, "\(field)")
        }
    }

    @Test func jsonShape() throws {
        let maker = SnapshotMaker()
        let count = maker.declare("a.count", .counter)
        let size = maker.declare("size", .histogram, unit: .bytes, bounds: [999, 1000])
        maker.add(count, 5)
        let none = maker.snapshot()
        maker.record(size, [1000])
        let snapshot = maker.snapshot()
        var output = ByteOutput()
        StatsJSON.render(snapshot, previous: none, into: &output)
        let pair = #"{"interval":1000,"cumulative":1000}"#
        let pairs = [String](repeating: pair, count: 10).joined(separator: ",")
        let wanted =
            #"{"stats":[{"name":"a.count","value":5},{"histograms":{"supported_quantiles":"#
            + "[0,25,50,75,90,95,99,99.5,99.9,100],"
            + #""computed_quantiles":[{"name":"size","values":["# + pairs + "]}]}}]}\n"
        #expect(output.text == wanted)
        _ = try JSONSerialization.jsonObject(with: Data(output.bytes))
        output.removeAll()
        StatsJSON.render(snapshot, into: &output, include: { $0 == "a.count" })
        #expect(output.text == #"{"stats":[{"name":"a.count","value":5}]}"# + "\n")
        output.removeAll()
        StatsJSON.render(snapshot, into: &output, include: { $0 == "size" })
        #expect(output.text.contains(#"{"interval":null,"cumulative":1000}"#))
    }

    @Test func metricsReference() {
        let families = [
            MetricFamily("b.rq", .counter, help: "Requests | all\nof them."),
            MetricFamily("a.{x}.time", .histogram, unit: .nanoseconds, help: "Time."),
            MetricFamily("a.{x}.bytes", .gauge, unit: .bytes, help: "Bytes."),
        ]
        let head =
            "| Prometheus name | dotted name | kind | unit | labels | help |\n"
            + "|---|---|---|---|---|---|\n"
        let page = MetricsReference.render(families)
        let tables =
            "\n## a\n\n" + head
            + "| `weir_a_bytes` | `a.{x}.bytes` | gauge | bytes | `x` | Bytes. |\n"
            + "| `weir_a_time_seconds` | `a.{x}.time` | histogram | time | `x` | Time. |\n"
            + "\n## b\n\n" + head
            + "| `weir_b_rq_total` | `b.rq` | counter | - | - | Requests \\| all of them. |\n"
        #expect(page.hasSuffix(tables))
        #expect(page == MetricsReference.render(families.reversed()))
    }
}
