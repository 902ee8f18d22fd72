// Random bytes and random changes of valid queries: an answer or an error with a place inside the
// text, never a trap; and what parses survives being printed and parsed again.

import Testing

@testable import PromQL

@Suite struct ParserRandomTests {
    static let seeds = [
        "sum by (job, \"a.b\") (rate(requests_total{job=~\"a|b.*\", x!=''}[5m] offset -1h)) / 2",
        "histogram_quantile(0.99, a[1h30m:5m] @ 123.4) and on(x) group_left(y) -b ^ 2 == bool 1",
        "label_replace(a @ end() offset (1h - 5m*2), 'x', \"$1\", `y`, '(.*)\\u00e9') or {'m.n'}",
        "topk(0x1F, a{le=\"+Inf\"} atan2 b) unless ignoring() c[step():2] # note\n + NaN",
    ]

    @Test func randomTextsNeverTrap() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix(state: seed)
        var parsed = 0
        for round in 0..<20_000 {
            var bytes = Array(Self.seeds[round % Self.seeds.count].utf8)
            if round % 10 == 0 {
                bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
            } else {
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    Self.change(&bytes, &random)
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            do {
                let expression = try Parser.expression(text)
                parsed += 1
                let printed = expression.printed()
                #expect(Self.reprinted(printed) == printed, "seed \(seed): \(text)")
                #expect(Self.reprinted(expression.pretty(columns: 20)) == printed, "seed \(seed)")
                #expect(expression.place.upperBound <= text.utf8.count)
                #expect(!expression.json().isEmpty)
            } catch {
                #expect((0...text.utf8.count).contains(error.offset), "seed \(seed): \(text)")
                #expect(!error.rendered(in: text).isEmpty)
                #expect(error.located(in: text).contains(error.message))
            }
        }
        #expect(parsed > 100, "seed \(seed)")
    }

    private static func reprinted(_ text: String) -> String {
        do {
            return try Parser.expression(text).printed()
        } catch {
            return error.rendered(in: text)
        }
    }

    private static func change(_ bytes: inout [UInt8], _ random: inout SplitMix) {
        let signs = Array("(){}[]:,.@+-*/^=!~\"'`\\#0 e_xam5".utf8)
        guard let place = bytes.indices.randomElement(using: &random) else { return }
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes.remove(at: place)
        case 1: bytes.insert(signs.randomElement(using: &random) ?? 0, at: place)
        case 2: bytes[place] = signs.randomElement(using: &random) ?? 0
        case 3: bytes.removeSubrange(place..<min(place + 8, bytes.count))
        default: bytes += bytes[place..<min(place + 30, bytes.count)]
        }
    }
}

/// A generator with a seed, so that a failure can be run again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
