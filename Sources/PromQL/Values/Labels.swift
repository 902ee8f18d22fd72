// The labels of one series: names and values, sorted by name in byte order, without empty values,
// the metric name among them as `__name__`. Two series are the same when their labels are. A value,
// any thread.

/// An immutable label set.
public struct Labels: Hashable, Sendable, Comparable {
    public static let nameLabel = "__name__"

    public struct Pair: Hashable, Sendable {
        public let name: String
        public let value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }

        /// Byte by byte: `==` of String takes composed and decomposed letters for the same.
        public static func == (left: Pair, right: Pair) -> Bool {
            left.name.isSame(as: right.name) && left.value.isSame(as: right.value)
        }

        public func hash(into hasher: inout Hasher) {
            for text in [name, value] {
                var text = text
                text.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
                hasher.combine(UInt8(0xFF))
            }
        }
    }

    /// Ascending by name, each name once, no empty value.
    public let pairs: [Pair]

    public static let empty = Labels(sorted: [])

    /// The caller promises the order and that no value is empty.
    public init(sorted pairs: [Pair]) {
        self.pairs = pairs
    }

    /// Sorts, and leaves out empty values; of a repeated name the last one stays.
    public init(_ pairs: some Sequence<(String, String)>) {
        var values: [String: String] = [:]
        for (name, value) in pairs { values[name] = value }
        self.init(values)
    }

    public init(_ values: [String: String]) {
        let kept = values.filter { !$0.value.isEmpty }
        pairs = kept.map { Pair($0.key, $0.value) }.sorted { $0.name.utf8Less(than: $1.name) }
    }

    /// The value of a label; "" when there is none. O(labels).
    public subscript(_ name: String) -> String {
        for pair in pairs where pair.name == name { return pair.value }
        return ""
    }

    public var metricName: String { self[Self.nameLabel] }
    public var isEmpty: Bool { pairs.isEmpty }

    /// With one label set to `value`, or removed when it is empty.
    public func with(_ name: String, _ value: String) -> Labels {
        var kept = pairs.filter { $0.name != name }
        if !value.isEmpty {
            let place = kept.firstIndex { name.utf8Less(than: $0.name) } ?? kept.count
            kept.insert(Pair(name, value), at: place)
        }
        return Labels(sorted: kept)
    }

    public func without(_ names: Set<String>) -> Labels {
        Labels(sorted: pairs.filter { !names.contains($0.name) })
    }

    public func only(_ names: Set<String>) -> Labels {
        Labels(sorted: pairs.filter { names.contains($0.name) })
    }

    /// Without the name and what speaks of it: a metric's type and unit.
    public var withoutName: Labels {
        if !pairs.contains(where: { Self.isOfMetric($0.name) }) { return self }
        return Labels(sorted: pairs.filter { !Self.isOfMetric($0.name) })
    }

    private static func isOfMetric(_ name: String) -> Bool {
        name == nameLabel || name == "__type__" || name == "__unit__"
    }

    /// Pair by pair, names before values, in byte order; the shorter one first.
    public static func < (left: Labels, right: Labels) -> Bool {
        for (one, other) in zip(left.pairs, right.pairs) {
            if !one.name.isSame(as: other.name) { return one.name.utf8Less(than: other.name) }
            if !one.value.isSame(as: other.value) { return one.value.utf8Less(than: other.value) }
        }
        return left.pairs.count < right.pairs.count
    }
}

extension String {
    /// Byte order, as Prometheus sorts; `<` of String follows Unicode's.
    func utf8Less(than other: String) -> Bool {
        utf8.lexicographicallyPrecedes(other.utf8)
    }
}
