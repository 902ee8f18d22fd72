// The lines of one series. Times ascend, as the format wants it: what a clock that stepped back
// wrote before it reached the time of the last line is left out and counted. Counters are
// cumulative, so the next line of the life has its counts, and a life that ends before gets one
// more line, a millisecond behind the last one. Each life of a counter begins with a zero in the
// same way, so that whoever reads the lines sees the reset and every increase. Values only; the
// export owns it.

import Stats

struct OpenMetricsSeries {
    /// Lines written, without those of the zeros of births.
    private(set) var samples = 0
    /// Samples left out, as their time does not ascend.
    private(set) var skipped = 0

    private let names: OpenMetricsNames
    /// What stands before each number of a sample: one, or buckets, sum and count.
    private let prefixes: [[UInt8]]
    private var lastMillis = Int64.min
    /// Of a life that has no line yet.
    private var bornMillis: Int64?
    /// The newest value of the life, when it was left out.
    private var pending: SampleValue?

    init(_ names: OpenMetricsNames, labels: String) {
        self.names = names
        if names.family.kind == .histogram {
            let open = labels.isEmpty ? "{" : labels.dropLast() + ","
            var lines = names.bounds.map { "\(names.sample)_bucket\(open)le=\"\($0)\"} " }
            lines += ["\(names.sample)_sum\(labels) ", "\(names.sample)_count\(labels) "]
            prefixes = lines.map { Array($0.utf8) }
        } else {
            prefixes = [Array("\(names.sample)\(labels) ".utf8)]
        }
    }

    /// Goes on with the counts of another family of the same name and labels.
    init(
        _ names: OpenMetricsNames, labels: String, after earlier: OpenMetricsSeries,
        to text: inout [UInt8]
    ) {
        self.init(names, labels: labels)
        var earlier = earlier
        earlier.writePending(to: &text)
        lastMillis = earlier.lastMillis
        samples = earlier.samples
        skipped = earlier.skipped
    }

    /// Appends the lines of a life, or of its part in this window.
    mutating func append(
        _ life: StoredLife, _ window: SeriesWindow, to text: inout [UInt8]
    ) {
        if let born = life.bornMillis, names.family.kind != .gauge {
            writePending(to: &text)
            bornMillis = born
        }
        for piece in life.pieces {
            let times = window.axes[piece.axis].times[piece.range]
            for (time, value) in zip(times, window.samples(of: piece, life.layout)) {
                append(value, at: time, to: &text)
            }
        }
    }

    private mutating func append(
        _ value: SampleValue, at time: Int64, to text: inout [UInt8]
    ) {
        guard time > lastMillis else {
            skipped += 1
            if names.family.kind != .gauge { pending = value }
            return
        }
        pending = nil
        writeBirth(before: time, to: &text)
        write(value, at: time, to: &text)
        samples += 1
        lastMillis = time
    }

    /// After the last life: what it counted while its lines were left out.
    mutating func writePending(to text: inout [UInt8]) {
        guard let value = pending else { return }
        pending = nil
        writeBirth(before: lastMillis + 2, to: &text)
        lastMillis += 1
        write(value, at: lastMillis, to: &text)
        samples += 1
    }

    private mutating func writeBirth(before time: Int64, to text: inout [UInt8]) {
        guard let born = bornMillis else { return }
        bornMillis = nil
        let zero = lastMillis == .min ? born : max(born, lastMillis + 1)
        guard zero < time else { return }
        write(zeroValue, at: zero, to: &text)
        lastMillis = zero
    }

    private var zeroValue: SampleValue {
        names.family.kind == .histogram
            ? .histogram(.empty) : names.family.isFloat ? .float(0) : .counter(0)
    }

    private func write(_ value: SampleValue, at time: Int64, to text: inout [UInt8]) {
        let stamp = " " + OpenMetricsText.seconds(millis: time) + "\n"
        func line(_ prefix: Int, _ number: String) {
            text.append(contentsOf: prefixes[prefix])
            text.append(contentsOf: number.utf8)
            text.append(contentsOf: stamp.utf8)
        }
        let unit = names.family.unit
        switch value {
        case .counter(let count): line(0, OpenMetricsText.number(count, unit))
        case .gauge(let level):
            line(0, (level < 0 ? "-" : "") + OpenMetricsText.number(level.magnitude, unit))
        case .float(let number): line(0, OpenMetricsText.number(number))
        case .histogram(let histogram):
            // A damaged dictionary may call a counter what was a histogram.
            guard prefixes.count == names.bounds.count + 2 else { return }
            for (index, count) in names.cumulative(histogram).enumerated() {
                line(index, String(count))
            }
            line(names.bounds.count, OpenMetricsText.number(histogram.sum, unit))
            line(names.bounds.count + 1, String(histogram.count))
        }
    }
}
