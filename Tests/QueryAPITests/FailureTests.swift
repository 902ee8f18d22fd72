// Errors to the letter: status, errorType and text.

import PromQL
import Testing

@testable import QueryAPI

struct FailureTests {
    static let badData: [(String, String)] = [
        (
            "query",
            #"invalid parameter "query": unknown position: parse error: no expression found "#
                + #"in input"#
        ),
        (
            "query?query=up&time=foo",
            #"invalid parameter "time": invalid time value for 'time': cannot parse "foo" to "#
                + #"a valid timestamp"#
        ),
        (
            "query?query=up&timeout=x",
            #"invalid parameter "timeout": cannot parse "x" to a valid duration"#
        ),
        (
            "query?query=up&lookback_delta=x",
            #"error parsing lookback delta duration: cannot parse "x" to a valid duration"#
        ),
        ("query?query=up&limit=-1", #"invalid parameter "limit": limit must be non-negative"#),
        (
            "query?query=up&limit=x",
            #"invalid parameter "limit": strconv.Atoi: parsing "x": invalid syntax"#
        ),
        (
            "query_range?query=up&end=1&step=1",
            #"invalid parameter "start": cannot parse "" to a valid timestamp"#
        ),
        (
            "query_range?query=up&start=2&end=1&step=1",
            #"invalid parameter "end": end timestamp must not be before start time"#
        ),
        (
            "query_range?query=up&start=1&end=2",
            #"invalid parameter "step": cannot parse "" to a valid duration"#
        ),
        (
            "query_range?query=up&start=1&end=2&step=0",
            #"invalid parameter "step": zero or negative query resolution step widths are not "#
                + #"accepted. Try a positive integer"#
        ),
        (
            "query_range?query=up&start=1&end=2&step=-1",
            #"invalid parameter "step": zero or negative query resolution step widths are not "#
                + #"accepted. Try a positive integer"#
        ),
        (
            "query_range?query=up&start=1&end=2&step=1e20",
            #"invalid parameter "step": cannot parse "1e20" to a valid duration. It overflows "#
                + #"int64"#
        ),
        (
            "query_range?query=up&start=0&end=11001&step=1",
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the "
                + "query resolution (?step=XX)"
        ),
        (
            "query_exemplars?query=up&start=2&end=1",
            "end timestamp must not be before start timestamp"
        ),
        ("series", "no match[] parameter provided"),
        (
            "labels?start=x",
            #"invalid parameter "start": invalid time value for 'start': cannot parse "x" to "#
                + #"a valid timestamp"#
        ),
        ("label//values", #"invalid label name: """#),
        ("metadata?limit=x", "limit must be a number"),
        ("metadata?limit_per_metric=x", "limit_per_metric must be a number"),
    ]

    @Test(arguments: badData) func badRequest(_ target: String, _ text: String) {
        let (status, body) = Stub.get("/api/v1/" + target)
        #expect(body == error("bad_data", text))
        #expect(status == 400)
    }

    private func error(_ type: String, _ text: String) -> String {
        #"{"status":"error","errorType":"\#(type)","error":\#(APIRequest.quoted(text))}"#
    }

    @Test func pointsAtTheLimitPass() {
        let target = "/api/v1/query_range?query=vector(1)&start=0&end=11000&step=1"
        #expect(Stub.get(target).status == 200)
    }

    @Test func parseErrorsHaveAPlace() {
        for target in ["query?query=up{", "series?match[]=up{", "format_query?query=up{"] {
            let name = target.hasPrefix("series") ? "match[]" : "query"
            let (status, body) = Stub.get("/api/v1/" + target)
            #expect(status == 400)
            #expect(body.contains(#""error":"invalid parameter \"\#(name)\": 1:4: parse error: "#))
        }
        #expect(
            Stub.get("/api/v1/query_exemplars?query=up{").body.contains(#""error":"1:4: parse"#))
    }

    static let failures: [(QueryFailure, Int, String)] = [
        (.tooManySamples(limit: 5), 422, "execution"),
        (.execution("multiple matches"), 422, "execution"),
        (.timedOut, 503, "timeout"), (.cancelled, 499, "canceled"),
        (.source("disk"), 500, "internal"),
    ]

    @Test(arguments: failures) func engine(_ failure: QueryFailure, _ status: Int, _ type: String) {
        let source = Stub.source()
        source.failure = failure
        for target in ["query?query=up", "query_range?query=up&start=1&end=2&step=1", "labels"] {
            let answer = Stub.get("/api/v1/" + target, Stub.api(source))
            #expect(answer == (status, error(type, failure.message)))
        }
    }

    @Test func noSource() {
        let api = QueryAPI(now: 0) { () throws(APIFailure) in
            throw APIFailure(.unavailable, "no history")
        }
        #expect(Stub.get("/api/v1/query?query=1", api) == (503, error("unavailable", "no history")))
        #expect(Stub.get("/api/v1/status/buildinfo", api).status == 200)
        // What is wrong with the request is said first.
        #expect(Stub.get("/api/v1/query?query=", api).status == 400)
    }

    @Test func unknownEndpoints() {
        for path in ["/api/v1/", "/api/v1/nothing", "/api/v1/status/", "/api/v1/label/values"] {
            #expect(Stub.get(path) == (404, error("not_found", "no endpoint \(path)")))
        }
    }

    @Test func responsesAreBounded() {
        var api = Stub.api()
        api.responseBytesMax = 300
        #expect(Stub.get("/api/v1/query?query=1", api).status == 200)
        let (status, body) = Stub.get(
            "/api/v1/query_range?query=vector(1)&start=0&end=99&step=1", api)
        #expect(status == 422)
        #expect(body.contains("larger than 300 bytes"))
    }
}
