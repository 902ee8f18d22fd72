// Answers read back: our own, those of other
// servers, and texts that are none.

import PromQL
import Testing

@testable import QueryAPI

struct ReaderTests {
    private func value(_ body: String) throws -> QueryValue {
        try APIReader.value(Array(body.utf8)).value
    }

    /// What the API writes can be read, and written again to the same bytes.
    static let targets = [
        "query?query=1", "query?query=up", "query?query=up[5m]", "query?query=\"x\"",
        "query?query=sizes", "query?query=rate", "query?query=nothing",
        "query_range?query=sizes&start=1435781451.781&end=1435781451.781&step=1",
    ]

    @Test(arguments: targets) func roundTrip(_ target: String) throws {
        let body = Stub.get("/api/v1/" + target).body
        var json = JSONBuffer()
        json.append(#"{"status":"success","data":{"#)
        try json.result(try value(body))
        json.append("}}")
        #expect(String(decoding: json.bytes, as: UTF8.self) == body)
    }

    @Test func lists() throws {
        let strings = try APIReader.strings(Array(Stub.get("/api/v1/labels?limit=1").body.utf8))
        #expect(strings.value == ["__name__"])
        #expect(strings.warnings == ["results truncated due to limit"])
        let series = try APIReader.series(Array(Stub.get("/api/v1/series?match[]=up").body.utf8))
        #expect(series.value == ["a", "b"].map { Labels(["__name__": "up", "job": $0]) })
        let metadata = try APIReader.metadata(Array(Stub.get("/api/v1/metadata").body.utf8))
        #expect(metadata.value.map(\.name) == ["a_total", "up"])
        #expect(try APIReader.strings(Array(#"{"status":"success","data":null}"#.utf8)).value == [])
    }

    /// Members in another order, with others between them, as VictoriaMetrics and Thanos do.
    @Test func foreignAnswers() throws {
        let body = """
            {"data":{"result":[{"values":[[1.5,"1"],[2,"-Inf"]],"metric":{"b":"2","a":"1"}}],
            "resultType":"matrix","x":[{}]},"isPartial":false,"stats":{"seriesFetched":"1"},
            "infos":["i"],"status":"success","trace":null}
            """
        let reply = try APIReader.value(Array(body.utf8))
        #expect(reply.infos == ["i"])
        guard case .matrix(let series) = reply.value else { throw QueryFailure.timedOut }
        #expect(series[0].labels == Labels(["a": "1", "b": "2"]))
        #expect(series[0].samples.map(\.time) == [1500, 2000])
    }

    @Test func errors() {
        let body = #"{"status":"error","errorType":"execution","error":"no \u00fc\ud83d\ude00"}"#
        #expect(throws: APIReadError.refused(kind: "execution", text: "no ü😀")) {
            try APIReader.value(Array(body.utf8))
        }
    }

    static let malformed = [
        "", "{", "[]", "null", "<html>", #"{"status":"success","data":{}}"#,
        #"{"status":"success","data":[]} x"#, #"{"status":"odd"}"#, #"{"data":[]}"#,
        #"{"status":"success","data":{"resultType":"odd","result":[]}}"#,
        #"{"status":"success","data":{"resultType":"scalar","result":[1]}}"#,
        #"{"status":"success","data":{"resultType":"scalar","result":[1,"x"]}}"#,
        #"{"status":"success","data":{"resultType":"scalar","result":[1,2]}}"#,
        #"{"status":"success","data":{"resultType":"scalar","result":[01,"2"]}}"#,
        #"{"status":"success","data":{"resultType":"scalar","result":[1,"2"],}}"#,
        #"{"status":"success","data":{"resultType":"string","result":[1,"\x"]}}"#,
        #"{"status":"success","data":{"resultType":"string","result":[1,"\ud800"]}}"#,
        #"{"status":"success","data":{"resultType":"string","result":[1,"\u12"]}}"#,
        #"{"status":"success","data":{"resultType":"string","result":[1,"a\#n"]}}"#,
        #"{"status":"success","data":{"resultType":"vector","#
            + #""result":[{"histogram":[1,{"buckets":[[0,"1"]]}]}]}}"#,
    ]

    @Test(arguments: malformed) func refused(_ body: String) {
        #expect(throws: APIReadError.self) { try APIReader.value(Array(body.utf8)) }
    }

    @Test func everyTruncationIsAnError() {
        let body = Array(Stub.get("/api/v1/query?query=sizes").body.utf8)
        for count in 0..<body.count {
            #expect(throws: APIReadError.self) { try APIReader.value(Array(body[..<count])) }
        }
    }

    @Test func depthIsBounded() {
        let body = #"{"data":"# + String(repeating: "[", count: 100_000)
        #expect(throws: APIReadError.self) { try APIReader.value(Array(body.utf8)) }
    }

    @Test func histogramsComeBackByTheirBounds() {
        let read = HistogramBounds.histogram(count: 10, sum: 12.5, Stub.histogram.populatedBuckets)
        #expect(read.schema == 0)
        #expect(read.zeroThreshold == 0.001)
        #expect(read.populatedBuckets == Stub.histogram.populatedBuckets)
        var fine = Stub.histogram
        fine.schema = 5
        fine.zeroThreshold = 0.99
        let back = HistogramBounds.histogram(count: 10, sum: 12.5, fine.populatedBuckets)
        #expect(back.schema == 5)
        #expect(back.positiveSpans.first?.offset == 0)
        var custom = FloatHistogram()
        custom.schema = FloatHistogram.customSchema
        custom.customBounds = [5, 11, 17]
        custom.positiveSpans = [.init(offset: 0, length: 4)]
        custom.positive = [1, 2, 3, 4]
        let bounds = HistogramBounds.histogram(count: 10, sum: 1, custom.populatedBuckets)
        #expect(bounds.customBounds == [5, 11, 17])
        #expect(bounds.positive == [1, 2, 3, 4])
    }
}
