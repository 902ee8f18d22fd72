// Runs a script: loads into a storage of its own, asks the engine, compares. Each instant eval is
// asked in three ways, since all must agree: as it is written; with `@` on every selector, at other
// times; and as a range query, of which the middle step counts. Single-threaded.

internal import PromQL

public struct ScriptRunner {
    private let engine: Engine
    private var storage = TestStorage()
    private var outcomes: [ScriptOutcome] = []

    /// The settings that the test files of Prometheus are written for.
    private init() {
        var options = EngineOptions()
        options.lookbackMillis = 300_000
        options.samplesMax = 10_000
        options.defaultSubqueryStepMillis = 60_000
        engine = Engine(options)
    }

    /// Whether a counter reset hint that an expected histogram states must be the result's.
    public enum HintCheck: Sendable {
        /// As in Prometheus 3.5, where nobody had looked whether such hints were right.
        case ignored
        case compared
    }

    /// Every eval of the script; throws where a load cannot be carried out.
    public static func run(
        _ script: Script, hints: HintCheck = .ignored
    ) throws(ScriptError) -> ScriptReport {
        var runner = ScriptRunner()
        for command in script.commands {
            switch command {
            case .clear: runner.storage = TestStorage()
            case .load(let load): try runner.fill(load)
            case .evaluate(var evaluation):
                if hints == .ignored { evaluation.forgetHints() }
                let difference = runner.difference(evaluation)
                runner.outcomes.append(
                    ScriptOutcome(
                        line: evaluation.line, query: evaluation.query, difference: difference))
            }
        }
        return ScriptReport(outcomes: runner.outcomes)
    }

    private func fill(_ load: Load) throws(ScriptError) {
        var conversion = ClassicConversion()
        for series in Self.lastOfEach(load.series) {
            for (index, point) in series.points.enumerated() {
                let time = Int64(index) * load.stepMillis
                let value: SampleValue
                switch point {
                case .absent: continue
                case .float(let float):
                    value = .float(float)
                    if load.convertsClassic { conversion.add(series.labels, at: time, float) }
                case .histogram(let histogram, _): value = .histogram(histogram)
                }
                guard storage.append(series.labels, at: time, value) else {
                    throw ScriptError(
                        line: series.line, "the series already has samples at \(time) ms or later")
                }
            }
        }
        for (labels, time, value) in conversion.converted()
        where !storage.append(labels, at: time, .histogram(value)) {
            throw ScriptError(
                line: load.line, "a converted histogram meets samples at \(time) ms or later")
        }
    }

    /// Within one load a line replaces an earlier one with the same labels.
    private static func lastOfEach(_ series: [SeriesLine]) -> [SeriesLine] {
        var seen: Set<Labels> = []
        return series.reversed().filter { seen.insert($0.labels).inserted }.reversed()
    }

    private func difference(_ evaluation: Evaluation) -> String? {
        let expression: Expression
        do {
            expression = try Parser.expression(evaluation.query)
        } catch {
            return ExpectationCheck.difference(evaluation, failure: error.message)
        }
        switch evaluation.moment {
        case .instant(let time):
            if let text = instant(evaluation, expression, at: time) { return text }
            return pinned(evaluation, expression, at: time)
        case .range(let start, let end, let step):
            do {
                let result = try engine.range(
                    expression, start: start, end: end, step: step, from: storage)
                return ExpectationCheck.difference(evaluation, result.value, result.annotations)
            } catch {
                return ExpectationCheck.difference(evaluation, failure: error.message)
            }
        }
    }

    /// As is, and as the middle of a range.
    private func instant(
        _ evaluation: Evaluation, _ expression: Expression, at time: Int64
    ) -> String? {
        let value: QueryValue
        do {
            let result = try engine.instant(expression, at: time, from: storage)
            value = result.value
            if let text = ExpectationCheck.difference(evaluation, value, result.annotations) {
                return text
            }
        } catch {
            return ExpectationCheck.difference(evaluation, failure: error.message)
        }
        guard ExpectationCheck.canBeStep(evaluation), !expression.asksForQueryBounds else {
            return nil
        }
        do {
            let minute: Int64 = 60_000
            let range = try engine.range(
                expression, start: time - minute, end: time + minute, step: minute, from: storage)
            return ExpectationCheck.middleDifference(evaluation, range.value, at: time, like: value)
                .map { "as a range query: \($0)" }
        } catch {
            return "as a range query: \(error.message)"
        }
    }

    /// With every selector pinned to the eval's time, asked at other times.
    private func pinned(
        _ evaluation: Evaluation, _ expression: Expression, at time: Int64
    ) -> String? {
        guard let pinned = expression.pinned(to: time) else { return nil }
        let text = pinned.printed()
        let reread: Expression
        do {
            reread = try Parser.expression(text)
        } catch {
            return "printed as \"\(text)\": \(error.message)"
        }
        let times = time == 0 ? [-1000, 0, 1000] : [-10 * time, 0, time / 5, time, 10 * time]
        for other in times {
            if let difference = instant(evaluation, reread, at: other) {
                return "as \"\(text)\" at \(other) ms: \(difference)"
            }
        }
        return nil
    }
}
