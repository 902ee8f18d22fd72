// The dictionary of a history file as its readers see it: families, series, boots, events. Read
// defensively: a row may come from a damaged file, so nothing here traps on what it holds. Values,
// any thread.

public import Stats

/// A metric family as written by the weir that declared it.
public struct StoredFamily: Sendable, Equatable {
    public let id: Int64
    /// Dotted name with `{label}` holes.
    public let template: String
    public let prometheusName: String
    public let kind: MetricKind
    /// Imported: values are floats, and `template` is the name.
    public let isFloat: Bool
    public let unit: MetricUnit
    public let labels: [String]
    public let help: String
    /// Histograms: upper bounds in raw units, ascending.
    public let classicBounds: [UInt64]

    /// The cell numbering of a histogram family; build it once per query.
    public var layout: HistogramLayout { HistogramLayout(classicBounds: classicBounds) }

    /// The template with its holes filled, odd bytes as `_`: the name that statsd sees.
    public func dottedName(_ labelValues: [String]) -> String {
        var result = ""
        var values = labelValues.makeIterator()
        var isInHole = false
        for character in template.unicodeScalars {
            switch character {
            case "{":
                isInHole = true
                let value = values.next() ?? ""
                if value.isEmpty { result += "_" }
                for byte in value.utf8 {
                    let isPlain =
                        (48...57).contains(byte) || (65...90).contains(byte)
                        || (97...122).contains(byte) || byte == 45 || byte == 95
                    result.unicodeScalars.append(isPlain ? Unicode.Scalar(byte) : "_")
                }
            case "}": isInHole = false
            default: if !isInHole { result.unicodeScalars.append(character) }
            }
        }
        return result
    }

    /// `weir_x_total{cluster="c"}`, label values escaped as in the text format.
    public func prometheusText(_ labelValues: [String]) -> String {
        if labels.isEmpty { return prometheusName }
        let pairs = zip(labels, labelValues).map { label, value in
            var escaped = ""
            for character in value {
                switch character {
                case "\\": escaped += "\\\\"
                case "\"": escaped += "\\\""
                case "\n": escaped += "\\n"
                default: escaped.append(character)
                }
            }
            return "\(label)=\"\(escaped)\""
        }
        return prometheusName + "{" + pairs.joined(separator: ",") + "}"
    }
}

/// One series of a family; the id is the same in every boot.
public struct StoredSeries: Sendable, Equatable {
    public let id: Int64
    public let familyID: Int64
    /// As many as the family has labels.
    public let labelValues: [String]
    public let firstMillis: Int64
    /// Set when the series ended while weir ran.
    public let lastMillis: Int64?
}

/// One run of weir.
public struct StoredBoot: Sendable, Equatable {
    public let id: Int64
    public let startMillis: Int64
    /// nil while it runs, or when it was killed and nobody opened the file since.
    public let endMillis: Int64?
    public let version: String
    public let configHash: String
    public let isClean: Bool
}

public struct StoredEvent: Sendable, Equatable {
    public let timeMillis: Int64
    public let boot: Int64
    public let kind: String
    public let subject: String
    public let text: String
}

/// What a file holds, for `statsctl info`.
public struct HistoryInfo: Sendable {
    public var formatVersion = 0
    public var fileBytes: Int64 = 0
    public var walBytes: Int64 = 0
    public var families = 0
    public var series = 0
    public var frames: Int64 = 0
    public var blocks = 0
    /// Live series summed over all samples of all tiers; a histogram counts as one.
    public var samples: Int64 = 0
    public var firstMillis: Int64?
    public var lastMillis: Int64?
    public var lastBoot: StoredBoot?
    public var boots = 0
    public var events = 0

    /// Whole file and WAL over samples; nil without samples.
    public var bytesPerSample: Double? {
        samples > 0 ? Double(fileBytes + walBytes) / Double(samples) : nil
    }
}
