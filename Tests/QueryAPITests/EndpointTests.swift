// Bytes of every endpoint, one line a case.

import PromQL
import Testing

@testable import QueryAPI

struct EndpointTests {
    /// Target below /api/v1/, and the data of a success.
    static let answers: [(String, String)] = [
        // Grafana's health check.
        ("query?query=1+1&time=4", #"{"resultType":"scalar","result":[4,"2"]}"#),
        ("query?query=1", #"{"resultType":"scalar","result":[1435781451.781,"1"]}"#),
        ("query?query=-0.5&time=1.05", #"{"resultType":"scalar","result":[1.050,"-0.5"]}"#),
        (
            "query?query=1&time=2015-07-01T20:10:51.781Z",
            #"{"resultType":"scalar","result":[1435781451.781,"1"]}"#
        ),
        (
            #"query?query="a\tb"&time=-1.5"#,
            #"{"resultType":"string","result":[-1.500,"a\tb"]}"#
        ),
        ("query?query=nothing", #"{"resultType":"vector","result":[]}"#),
        ("query?query=nothing[1m]", #"{"resultType":"matrix","result":[]}"#),
        (
            "query?query=up",
            #"{"resultType":"vector","result":["#
                + #"{"metric":{"__name__":"up","job":"a"},"value":[1435781451.781,"3"]},"#
                + #"{"metric":{"__name__":"up","job":"b"},"value":[1435781451.781,"1e-07"]}]}"#
        ),
        (
            "query?query=rate",
            #"{"resultType":"vector","result":[{"metric":{"__name__":"rate","#
                + #""odd.name":"a\"b\\c\n"},"value":[1435781451.781,"1e+21"]}]}"#
        ),
        (
            #"query?query=up{job="b"}[3m]"#,
            #"{"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"b"},"#
                + #""values":[[1435781331.781,"+Inf"],[1435781391.781,"NaN"],"#
                + #"[1435781451.281,"1e-07"]]}]}"#
        ),
        (
            "query?query=sizes",
            #"{"resultType":"vector","result":[{"metric":{"__name__":"sizes"},"#
                + #""histogram":[1435781451.781,{"count":"10","sum":"12.5","buckets":["#
                + #"[1,"-2","-1","1"],[3,"-0.001","0.001","2"],[0,"0.5","1","3"],"#
                + #"[0,"2","4","4"]]}]}]}"#
        ),
        (
            "query_range?query=up{job=\"a\"}&start=1435781391.781&end=1435781451.781&step=1m",
            #"{"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"a"},"#
                + #""values":[[1435781391.781,"0.5"],[1435781451.781,"3"]]}]}"#
        ),
        (
            "query_range?query=sizes&start=1435781451.781&end=1435781451.781&step=1",
            #"{"resultType":"matrix","result":[{"metric":{"__name__":"sizes"},"#
                + #""histograms":[[1435781451.781,{"count":"10","sum":"12.5","buckets":["#
                + #"[1,"-2","-1","1"],[3,"-0.001","0.001","2"],[0,"0.5","1","3"],"#
                + #"[0,"2","4","4"]]}]]}]}"#
        ),
        (
            "query_range?query=vector(1)&start=0&end=2.5&step=1.25",
            #"{"resultType":"matrix","result":[{"metric":{},"#
                + #""values":[[0,"1"],[1.250,"1"],[2.500,"1"]]}]}"#
        ),
        ("query_range?query=nothing&start=0&end=1&step=1", #"{"resultType":"matrix","result":[]}"#),
        ("query_exemplars?query=up&start=0&end=1", "[]"),
        ("query_exemplars?query=1", "[]"),
        (
            "series?match[]=up&start=0&end=1",
            #"[{"__name__":"up","job":"a"},{"__name__":"up","job":"b"}]"#
        ),
        ("series?match[]=nothing", "[]"),
        ("series?match[]={__name__!=\"\",job=\"b\"}", #"[{"__name__":"up","job":"b"}]"#),
        ("labels", #"["__name__","job","odd.name"]"#),
        ("labels?match[]=rate&match[]=sizes", #"["__name__","odd.name"]"#),
        ("labels?match[]=nothing", "[]"),
        ("labels?start=2&end=1", "[]"),
        ("label/job/values", #"["a","b"]"#),
        ("label/__name__/values", #"["rate","sizes","up"]"#),
        ("label/U__odd_2e_name/values", #"["a\"b\\c\n"]"#),
        ("label/none/values", "[]"),
        (
            "metadata",
            #"{"a_total":[{"type":"counter","help":"\"A\"","unit":""}],"#
                + #""up":[{"type":"gauge","help":"1: it is there.","unit":""}]}"#
        ),
        ("metadata?limit=1", #"{"a_total":[{"type":"counter","help":"\"A\"","unit":""}]}"#),
        ("metadata?metric=up", #"{"up":[{"type":"gauge","help":"1: it is there.","unit":""}]}"#),
        ("metadata?metric=none", "{}"),
        ("rules?type=alert", #"{"groups":[]}"#),
        ("alerts", #"{"alerts":[]}"#),
        ("targets", #"{"activeTargets":[],"droppedTargets":[],"droppedTargetCounts":{}}"#),
        (
            "status/buildinfo",
            #"{"version":"0.1.0","revision":"","branch":"","buildUser":"","buildDate":"","#
                + #""goVersion":""}"#
        ),
        ("status/flags", #"{"concurrency":"2","history":"weir.db"}"#),
        (
            "status/runtimeinfo",
            #"{"startTime":"2015-07-01T20:03:20.5Z","CWD":"/","hostname":"host","#
                + #""serverTime":"2015-07-01T20:10:51.781Z","reloadConfigSuccess":true,"#
                + #""lastConfigTime":"2015-07-01T20:03:20.5Z","corruptionCount":0,"#
                + #""goroutineCount":0,"GOMAXPROCS":0,"GOMEMLIMIT":0,"GOGC":"","GODEBUG":"","#
                + #""storageRetention":"15d"}"#
        ),
        (
            "status/tsdb",
            #"{"headStats":{"numSeries":4,"numLabelPairs":6,"chunkCount":0,"#
                + #""minTime":1435781151781,"maxTime":1435781451781},"seriesCountByMetricName":["#
                + #"{"name":"up","value":2},{"name":"rate","value":1},"#
                + #"{"name":"sizes","value":1}],"labelValueCountByLabelName":["#
                + #"{"name":"__name__","value":3},{"name":"job","value":2},"#
                + #"{"name":"odd.name","value":1}],"memoryInBytesByLabelName":[],"#
                + #""seriesCountByLabelValuePair":[]}"#
        ),
        ("format_query?query=sum(up)by(job)", #""sum by (job) (up)""#),
        ("parse_query?query=1", #"{"type":"numberLiteral","val":"1"}"#),
    ]

    @Test(arguments: answers) func data(_ target: String, _ data: String) {
        let (status, body) = Stub.get("/api/v1/" + target)
        #expect(body == #"{"status":"success","data":\#(data)}"#)
        #expect(status == 200)
    }

    /// The remarks follow the data.
    static let truncated: [(String, String)] = [
        (
            "query?query=up&limit=1",
            #"{"resultType":"vector","result":["#
                + #"{"metric":{"__name__":"up","job":"a"},"value":[1435781451.781,"3"]}]}"#
        ),
        ("labels?limit=1", #"["__name__"]"#), ("label/job/values?limit=1", #"["a"]"#),
        ("series?match[]=up&limit=1", #"[{"__name__":"up","job":"a"}]"#),
    ]

    @Test(arguments: truncated) func limit(_ target: String, _ data: String) {
        let warnings = #""warnings":["results truncated due to limit"]"#
        #expect(
            Stub.get("/api/v1/" + target)
                == (200, #"{"status":"success","data":\#(data),\#(warnings)}"#))
    }

    @Test func health() {
        #expect(Stub.get("/-/healthy") == (200, "weir is Healthy.\n"))
        #expect(Stub.get("/-/ready") == (200, "weir is Ready.\n"))
    }

    @Test func posts() {
        for name in ["query?query=1", "labels", "series?match[]=up", "format_query?query=1"] {
            #expect(Stub.get("/api/v1/" + name, method: .post).status == 200)
        }
        let refused = Stub.get("/api/v1/label/job/values", method: .post)
        let error =
            #"{"status":"error","errorType":"bad_data","error":"method not allowed: use GET"}"#
        #expect(refused == (405, error))
        #expect(Stub.get("/api/v1/query?query=1", method: .other).status == 405)
    }

    @Test func statistics() {
        let body = Stub.get("/api/v1/query?query=up&stats=all").body
        #expect(body.contains(#"],"stats":{"timings":{"evalTotalTime":"#))
        #expect(body.contains(#""samples":{"totalQueryableSamples":"#))
    }

    @Test func exemplars() {
        var api = Stub.api()
        api.exemplars = { (lists, start, end) throws(APIFailure) in
            #expect(lists.count == 2)
            #expect((start, end) == (1000, 2500))
            return [
                ExemplarSeries(
                    labels: Labels(["__name__": "up"]),
                    exemplars: [
                        .init(labels: Labels(["trace_id": "x"]), value: 0.5, time: 1500)
                    ])
            ]
        }
        let body = Stub.get("/api/v1/query_exemplars?query=a/rate(b[1m])&start=1&end=2.5", api).body
        #expect(
            body == #"{"status":"success","data":[{"seriesLabels":{"__name__":"up"},"exemplars":["#
                + #"{"labels":{"trace_id":"x"},"value":"0.5","timestamp":1.500}]}]}"#)
    }

    @Test func manyNotesAreBounded() {
        var json = JSONBuffer()
        json.notes("infos", (0..<12).map { "n\($0)" }, kind: "info")
        let text = String(decoding: json.bytes, as: UTF8.self)
        #expect(text.hasPrefix(#","infos":["n0","n1""#))
        #expect(text.hasSuffix(#""n9","2 more info annotations omitted"]"#))
    }
}
