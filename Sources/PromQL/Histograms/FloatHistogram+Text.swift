// Native histograms as text: the form of results (`{count:2, sum:3, (1,2]:2}`)
// and the form in which test files write them (`{{schema:1 count:2
// buckets:[2]}}`). Pure, any thread.

extension FloatHistogram: CustomStringConvertible {
    /// Populated buckets from the lowest to the highest; `[` and `]` include the bound.
    public var description: String {
        var text = "{count:\(FloatText.general(count)), sum:\(FloatText.general(sum))"
        for cell in cells() where cell.count != 0 { text += ", \(bucket(of: cell))" }
        return text + "}"
    }

    /// As a test file writes it; fields that are 0 are left out.
    public var testLiteral: String {
        var fields: [String] = []
        if schema != 0 { fields.append("schema:\(schema)") }
        for (key, value) in [
            ("count", count), ("sum", sum), ("z_bucket", zeroCount), ("z_bucket_w", zeroThreshold),
        ] where value != 0 {
            fields.append("\(key):\(FloatText.general(value))")
        }
        if usesCustomBounds { fields.append("custom_values:\(Self.list(customBounds))") }
        switch resetHint {
        case .unknown: break
        case .reset: fields.append("counter_reset_hint:reset")
        case .notReset: fields.append("counter_reset_hint:not_reset")
        case .gauge: fields.append("counter_reset_hint:gauge")
        }
        fields += Self.fields(of: positiveRow, offset: "offset", buckets: "buckets")
        fields += Self.fields(of: negativeRow, offset: "n_offset", buckets: "n_buckets")
        return "{{\(fields.joined(separator: " "))}}"
    }

    /// One run of counts from the first populated bucket to the last.
    private static func fields(
        of row: BucketRow, offset: String, buckets: String
    ) -> [String] {
        let row = row.compacted()
        guard let first = row.spans.first?.offset else { return [] }
        var counts: [Double] = []
        for (index, count) in zip(row.indexes, row.counts) {
            while counts.count < index - Int(first) { counts.append(0) }
            counts.append(count)
        }
        let start = first == 0 ? [] : ["\(offset):\(first)"]
        return start + ["\(buckets):\(list(counts))"]
    }

    private static func list(_ numbers: [Double]) -> String {
        "[" + numbers.map(FloatText.general).joined(separator: " ") + "]"
    }
}

extension HistogramBucket: CustomStringConvertible {
    public var description: String {
        (includesLower ? "[" : "(") + FloatText.general(lower) + "," + FloatText.general(upper)
            + (includesUpper ? "]" : ")") + ":" + FloatText.general(count)
    }
}
