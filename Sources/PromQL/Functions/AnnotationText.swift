// The remarks of functions and aggregations, in the words that Prometheus uses, so
// that dashboards which look for them find them. Without the "PromQL warning: " before
// them. Pure, any thread.

/// One static function for each remark; `name` is a metric name.
enum AnnotationText {
    // Warnings.
    static func mixedSamples(_ name: String) -> String {
        "encountered a mix of histograms and floats for metric name \(StringQuoting.quoted(name))"
    }

    static func mixedSchemas(_ name: String) -> String {
        "vector contains a mix of histograms with exponential and custom buckets schemas "
            + "for metric name \(StringQuoting.quoted(name))"
    }

    static func differentBounds(_ name: String) -> String {
        "vector contains histograms with incompatible custom buckets "
            + "for metric name \(StringQuoting.quoted(name))"
    }

    static func mixedClassicAndNative(_ name: String) -> String {
        "vector contains a mix of classic and native histograms" + suffix(name)
    }

    static func notCounter(_ name: String) -> String {
        "this native histogram metric is not a counter: \(StringQuoting.quoted(name))"
    }

    static func notGauge(_ name: String) -> String {
        "this native histogram metric is not a gauge: \(StringQuoting.quoted(name))"
    }

    static func badQuantile(_ phi: Double) -> String {
        "quantile value should be between 0 and 1, got \(FloatText.general(phi))"
    }

    static func badBucketLabel(_ label: String, name: String) -> String {
        "bucket label \"le\" is missing or has a malformed value of \(StringQuoting.quoted(label))"
            + suffix(name)
    }

    // Infos.
    static func ignoredHistograms(_ name: String) -> String {
        "ignored histograms in a range containing both floats and histograms "
            + "for metric name \(StringQuoting.quoted(name))"
    }

    static func maybeNotCounter(_ name: String) -> String {
        "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "
            + StringQuoting.quoted(name)
    }

    static func forcedMonotonic(_ name: String) -> String {
        "input to histogram_quantile needed to be fixed for monotonicity (see "
            + "https://prometheus.io/docs/prometheus/latest/querying/functions/"
            + "#histogram_quantile)" + suffix(name)
    }

    static func quantileIsNotANumber(_ name: String) -> String {
        "input to histogram_quantile has NaN observations, result is NaN" + suffix(name)
    }

    static func quantileIsSkewed(_ name: String) -> String {
        "input to histogram_quantile has NaN observations, result is skewed higher"
            + suffix(name)
    }

    static func fractionLeavesOut(_ name: String) -> String {
        "input to histogram_fraction has NaN observations, which are excluded from all fractions"
            + suffix(name)
    }

    static func mismatch(_ mismatch: HistogramMismatch, _ name: String) -> String {
        switch mismatch {
        case .schemas: mixedSchemas(name)
        case .bounds: differentBounds(name)
        }
    }

    private static func suffix(_ name: String) -> String {
        " for metric name \(StringQuoting.quoted(name))"
    }
}
