// Query values as JSON, in the order that Grafana's streaming reader needs: resultType before
// result, metric before values, values before histograms. Size is checked after each sample, since
// one series of histograms can be megabytes. A value, any thread.

import PromQL

extension JSONBuffer {
    /// `"resultType":...,"result":...`, without the braces around.
    mutating func result(_ value: QueryValue) throws(APIFailure) {
        switch value {
        case .scalar(let time, let number):
            append(#""resultType":"scalar","result":"#)
            point(time, number)
        case .string(let time, let text):
            append(#""resultType":"string","result":["#)
            timestamp(time)
            append(",")
            string(text)
            append("]")
        case .vector(let series):
            append(#""resultType":"vector","result":["#)
            for (index, one) in series.enumerated() {
                separate(index)
                try vectorElement(one)
            }
            append("]")
        case .matrix(let series):
            append(#""resultType":"matrix","result":["#)
            for (index, one) in series.enumerated() {
                separate(index)
                try matrixElement(one)
            }
            append("]")
        }
    }

    mutating func labels(_ labels: Labels) {
        append("{")
        for (index, pair) in labels.pairs.enumerated() {
            separate(index)
            string(pair.name)
            append(":")
            string(pair.value)
        }
        append("}")
    }

    private mutating func vectorElement(_ series: ResultSeries) throws(APIFailure) {
        append(#"{"metric":"#)
        labels(series.labels)
        if let sample = series.samples.first {
            switch sample.value {
            case .float(let number):
                append(#","value":"#)
                point(sample.time, number)
            case .histogram(let histogram):
                append(#","histogram":"#)
                point(sample.time, histogram)
            }
        }
        append("}")
        try checkSize()
    }

    private mutating func matrixElement(_ series: ResultSeries) throws(APIFailure) {
        append(#"{"metric":"#)
        labels(series.labels)
        var floats = 0
        for sample in series.samples {
            guard case .float(let number) = sample.value else { continue }
            if floats == 0 { append(#","values":["#) } else { append(",") }
            floats += 1
            point(sample.time, number)
            try checkSize()
        }
        if floats > 0 { append("]") }
        if floats < series.samples.count { try histograms(series.samples) }
        append("}")
    }

    private mutating func histograms(_ samples: [Sample]) throws(APIFailure) {
        append(#","histograms":["#)
        var count = 0
        for sample in samples {
            guard case .histogram(let histogram) = sample.value else { continue }
            separate(count)
            count += 1
            point(sample.time, histogram)
            try checkSize()
        }
        append("]")
    }

    private mutating func point(_ time: Int64, _ value: Double) {
        append("[")
        timestamp(time)
        append(",")
        quoted(value)
        append("]")
    }

    private mutating func point(_ time: Int64, _ histogram: FloatHistogram) {
        append("[")
        timestamp(time)
        append(",")
        object(histogram)
        append("]")
    }

    mutating func object(_ histogram: FloatHistogram) {
        append(#"{"count":"#)
        quoted(histogram.count)
        append(#","sum":"#)
        quoted(histogram.sum)
        let buckets = histogram.populatedBuckets
        for (index, bucket) in buckets.enumerated() {
            append(index == 0 ? #","buckets":[["# : ",[")
            integer(Int64(bucket.boundaryRule))
            for number in [bucket.lower, bucket.upper, bucket.count] {
                append(",")
                quoted(number)
            }
            append("]")
        }
        append(buckets.isEmpty ? "}" : "]}")
    }
}
