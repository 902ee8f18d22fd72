// What people read: help texts that fit a terminal, tables that keep what tells lines apart, usage
// errors of one form. Commands are walked through, so a new one is looked at too.

import ArgumentParser
import PromQL
import Testing

@testable import statsctl

struct TextTests {
    private func commands(_ root: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
        [root] + root.configuration.groupedSubcommands.flatMap { $0.subcommands.flatMap(commands) }
            + root.configuration.ungroupedSubcommands.flatMap(commands)
    }

    @Test func examplesComeFirstAndFitATerminal() {
        let all = commands(Statsctl.self)
        #expect(all.count > 25)
        for command in all {
            let lines = command.configuration.discussion.split(
                separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.first == "EXAMPLES:", "\(command)")
            #expect(lines.dropFirst().first?.hasPrefix("  statsctl ") == true, "\(command)")
            for line in lines {
                #expect(line.count <= 80, "\(command): \(line)")
                // Those would be commands of the man page's language.
                #expect(!line.hasPrefix("'") && !line.hasPrefix("."), "\(command): \(line)")
            }
            let usage = command.helpMessage(columns: 80).split(separator: "\n").first {
                $0.hasPrefix("USAGE:")
            }
            #expect((usage?.count ?? 0) <= 140, "\(usage ?? "")")
        }
    }

    @Test func aNarrowTableKeepsTheLastLabels() {
        let cell = #"weir_http_downstream_rq_code_total{listener="ingress",response_code="503"}"#
        let cut = TextTable.cut(cell, to: 40)
        #expect(cut.count == 40)
        #expect(cut.hasPrefix("weir_http_") && cut.hasSuffix(#"e_code="503"}"#), "\(cut)")
        #expect(TextTable.cut("short", to: 40) == "short")
        #expect(TextTable.cut("a_long_name_without_labels", to: 10) == "a_long_na…")
    }

    @Test func timesAndNumbersAreNeverCut() {
        var table = TextTable([("TIME", .whole), (#"{code="200",page="a"}"#, .right)])
        table.add(["2026-11-25 14:03:00", "123456"])
        let text = table.rendered(columns: 30)
        #expect(text.contains("2026-11-25 14:03:00") && text.contains("123456"), "\(text)")
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 30 }, "\(text)")
    }

    @Test func histogramsAreTheApisOwn() {
        var histogram = FloatHistogram()
        histogram.count = 3
        histogram.sum = 4.5
        histogram.positiveSpans = [FloatHistogram.Span(offset: 0, length: 1)]
        histogram.positive = [3]
        let series = ResultSeries(
            labels: Labels(["a": "b"]), samples: [Sample(time: 1500, value: .histogram(histogram))])
        let answer = Answer(value: .vector([series]))
        let object = #"{"count":"3","sum":"4.5","buckets":[[0,"0.5","1","3"]]}"#
        #expect(
            String(decoding: AnswerText.json(answer), as: UTF8.self)
                == #"{"resultType":"vector","result":[{"metric":{"a":"b"},"histogram":[1.500,"#
                + object + "]}]}\n")
        #expect(AnswerText.csv(answer).contains(#"{""count"":""3"",""sum"":""4.5"",""buckets"""#))
    }

    @Test func aSeriesWithoutLabelsIsAValue() {
        let series = ResultSeries(labels: .empty, samples: [Sample(time: 0, value: .float(1))])
        #expect(AnswerText.matrix([series]).contains("VALUE"))
    }
}
