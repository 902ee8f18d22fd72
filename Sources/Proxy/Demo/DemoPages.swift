// What the demo's origin answers: a handful of pages with their own sizes and latencies, a long
// tail, and one error in a hundred. Pure, but for the random numbers it is given. Weights and
// latencies are chosen to look like a small shop. Any thread.

/// One answer: when and what.
struct DemoAnswer: Equatable {
    var status: UInt16
    var bodyBytes: Int
    var delayNanos: UInt64
}

enum DemoPages {
    struct Page {
        let path: String
        let weight: Int
        let bodyBytes: ClosedRange<Int>
        let medianMicros: UInt64
    }

    /// The pages that the traffic asks for; the origin answers any path.
    static let pages = [
        Page(path: "/", weight: 30, bodyBytes: 800...1_600, medianMicros: 900),
        Page(path: "/catalog", weight: 25, bodyBytes: 12_000...30_000, medianMicros: 4_000),
        Page(path: "/item/42", weight: 25, bodyBytes: 3_000...6_000, medianMicros: 2_000),
        Page(path: "/search?q=weir", weight: 12, bodyBytes: 6_000...18_000, medianMicros: 18_000),
        Page(path: "/image/7", weight: 8, bodyBytes: 60_000...250_000, medianMicros: 1_500),
    ]

    static func choose(_ random: inout some RandomNumberGenerator) -> Page {
        var left = Int.random(in: 0..<pages.reduce(0) { $0 + $1.weight }, using: &random)
        for page in pages {
            left -= page.weight
            if left < 0 { return page }
        }
        return pages[0]
    }

    static func answer(
        path: String, _ random: inout some RandomNumberGenerator
    ) -> DemoAnswer {
        let page = pages.first { $0.path == path } ?? pages[0]
        let luck = Int.random(in: 0..<1000, using: &random)
        let stretch = Double.random(in: 0.6...1.6, using: &random)
        let tail = luck < 20 ? 8.0 : 1.0
        let delay = UInt64(Double(page.medianMicros) * 1000 * stretch * tail)
        if luck >= 990 {
            return DemoAnswer(
                status: luck % 2 == 0 ? 500 : 503, bodyBytes: 40, delayNanos: delay)
        }
        return DemoAnswer(
            status: 200, bodyBytes: Int.random(in: page.bodyBytes, using: &random),
            delayNanos: delay)
    }
}
