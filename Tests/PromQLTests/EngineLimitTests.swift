// What a query may use: samples, time, depth. Limits end the query with their own failure, and what
// is given back can be taken again.

import Synchronization
import Testing

@testable import PromQL

@Suite struct EngineLimitTests {
    private static func engine(samples: Int) -> Engine {
        var options = EngineOptions()
        options.samplesMax = samples
        return Engine(options)
    }

    private static func source(series: Int, samples: Int) -> MemorySource {
        let source = MemorySource()
        for index in 0..<series {
            source.add("m", ["i": "\(index)"], values: [Double](repeating: 1, count: samples))
        }
        return source
    }

    @Test func refusesMoreSamplesThanTheLimit() throws {
        let source = Self.source(series: 10, samples: 10)
        let failure = #expect(throws: QueryFailure.self) {
            try Self.engine(samples: 99).text(
                "m", from: 0, to: 540_000, step: 60_000, source)
        }
        #expect(failure == .tooManySamples(limit: 99))
    }

    /// Ten sums one after the other need the room of one.
    @Test func givesRoomBack() throws {
        let source = Self.source(series: 10, samples: 10)
        let query = [String](repeating: "sum(rate(m[5m]))", count: 10).joined(separator: " + ")
        let lines = try Self.engine(samples: 300).text(
            query, from: 0, to: 540_000, step: 60_000, source)
        #expect(lines.count == 1)
        let result = try Self.engine(samples: 300).range(
            Parser.expression(query), start: 0, end: 540_000, step: 60_000, from: source)
        #expect(result.statistics.samplesRead == 1000)
        #expect((200...300).contains(result.statistics.samplesPeak))
    }

    /// Refused before anything is allocated.
    @Test(arguments: ["time()", "sum_over_time(vector(1)[100y:1ms])", "sum_over_time(m[100y:1s])"])
    func refusesGridsThatNothingCouldHold(query: String) throws {
        let source = Self.source(series: 1, samples: 1)
        let failure = #expect(throws: QueryFailure.self) {
            try Self.engine(samples: 1000).text(
                query, from: 0, to: 10_000_000, step: 1, source)
        }
        #expect(failure == .tooManySamples(limit: 1000))
    }

    /// Text that doubles at each level of nested calls.
    @Test(arguments: [
        ("label_replace(", ",\"a\",\"$1$1\",\"a\",\"(.*)\")", "label_replace"),
        ("label_join(", ",\"a\",\"\",\"a\",\"a\")", "label_join"),
    ])
    func labelsDoNotGrowWithoutEnd(head: String, tail: String, name: String) throws {
        var query = "label_replace(m,\"a\",\"xxxxxxxx\",\"\",\"\")"
        for _ in 0..<30 { query = head + query + tail }
        let source = Self.source(series: 100, samples: 1)
        let failure = #expect(throws: QueryFailure.self) {
            try Self.engine(samples: 1_000_000).text(query, from: 0, to: 0, step: 1, source)
        }
        #expect(
            failure?.message
                == "the label a would be longer than 65536 bytes in \(name)()")
        let small = #expect(throws: QueryFailure.self) {
            try Self.engine(samples: 1000).text(query, from: 0, to: 0, step: 1, source)
        }
        #expect(small == .tooManySamples(limit: 1000))
    }

    @Test func endsInTime() throws {
        var options = EngineOptions()
        options.timeoutNanos = 1
        let engine = Engine(options)
        let source = Self.source(series: 2, samples: 2)
        let failure = #expect(throws: QueryFailure.self) {
            try engine.text("m + m", at: 0, from: source)
        }
        #expect(failure == .timedOut)
    }

    @Test func endsWhenCancelled() throws {
        var options = EngineOptions()
        options.isCancelled = { true }
        let engine = Engine(options)
        let failure = #expect(throws: QueryFailure.self) {
            try engine.text("m", at: 0, from: Self.source(series: 1, samples: 1))
        }
        #expect(failure == .cancelled)
    }

    /// One series keeps the engine busy for long; it looks up all the same.
    @Test(arguments: [
        "sum_over_time(m[1h:1s])", "quantile_over_time(0.5, m[1h])", "topk(1, m)",
        "quantile(0.5, m)", "histogram_quantile(0.5, b)", "count_values(\"v\", m)",
    ])
    func isCancelledInsideOfOneSeries(query: String) throws {
        let source = Self.source(series: 1, samples: 600)
        source.add("b", ["le": "+Inf"], values: [Double](repeating: 1, count: 600))
        for limit in [0, 3, 10] {
            let asked = Mutex(0)
            var options = EngineOptions()
            options.isCancelled = {
                asked.withLock { count in
                    count += 1
                    return count > limit
                }
            }
            let failure = #expect(throws: QueryFailure.self) {
                try Engine(options).text(query, from: 0, to: 36_000_000, step: 200, source)
            }
            #expect(failure == .cancelled && asked.withLock { $0 } == limit + 1)
        }
    }

    /// Built by hand: the parser refuses such a text itself.
    @Test func refusesTreesThatAreTooDeep() throws {
        var tree = Expression.number(1, 0..<1)
        for _ in 0...Evaluator.depthMax { tree = .parens(tree, 0..<1) }
        let failure = #expect(throws: QueryFailure.self) {
            try Engine().instant(tree, at: 0, from: MemorySource())
        }
        #expect(failure == .execution("expression is nested too deeply"))
    }

    /// Times at the ends of Int64 have no samples, and end nothing but the query.
    @Test(arguments: [
        "m offset 290y", "m offset -290y", "m @ 9223372036854", "m @ -9223372036854 offset 290y",
        "rate(m[290y] offset 290y)", "sum_over_time(m[290y:280y] offset -290y)",
        "sum_over_time(m[1m:290y])", "absent_over_time(m[290y] @ 9223372036854 offset -290y)",
    ])
    func survivesExtremeTimes(query: String) throws {
        let source = Self.source(series: 1, samples: 1)
        let expression = try Parser.expression(query)
        for time in [Int64.min, -1, 0, Int64.max] {
            _ = try? Engine().instant(expression, at: time, from: source)
        }
    }

    /// As long a chain as the parser lets through: the stack must hold it.
    @Test func evaluatesTheLongestChain() throws {
        let query = [String](repeating: "m", count: 500).joined(separator: " + ")
        let source = Self.source(series: 1, samples: 1)
        #expect(try Engine().text(query, at: 0, from: source) == ["{i=\"0\"} 500"])
    }

    @Test(arguments: [(0, 10, 0), (0, 10, -1), (10, 0, 1)] as [(Int64, Int64, Int64)])
    func refusesRangesThatAreNone(start: Int64, end: Int64, step: Int64) throws {
        let failure = #expect(throws: QueryFailure.self) {
            try Engine().text("1", from: start, to: end, step: step, MemorySource())
        }
        guard case .badData? = failure else { throw QueryFailure.execution("not badData") }
    }
}
