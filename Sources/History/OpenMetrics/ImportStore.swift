// What an import has collected, and how it becomes rows: families and series of the dictionary,
// blocks of series that have the same times, a boot and a pin. Works inside the transaction of the
// import.

struct ImportStore {
    private struct Series {
        var id: Int64
        var family: Int64
        var layout: ColumnLayout
        var last = Int64.min
        var times: [Int64] = []
        var values: [UInt64] = []
    }

    /// Samples in memory.
    private(set) var collected = 0

    private let connection: Connection
    private let source: String
    private var series: [Series] = []
    private var places: [Int64: Int] = [:]
    private var families: [String: Int64] = [:]
    private var writer: BlockWriter
    private var encoder = ChunkEncoder()
    private let compression = Compression()
    private var nextBlock: Int64
    private var nextFrame: Int64
    private let boot: Int64
    private let findFamily: Statement
    private let addFamily: Statement
    private var names: SeriesNames
    private let addSeries: Statement

    init(_ connection: Connection, source: String) throws(HistoryError) {
        let call = "import"
        self.connection = connection
        self.source = source
        writer = try BlockWriter(connection)
        nextBlock = try BlockWriter.nextID(connection)
        let last = try connection.integer(
            "SELECT max(last_frame) FROM block WHERE last_frame < 0", call: call)
        nextFrame = (last.flatMap { $0 < 0 ? $0 : nil } ?? -(1 << 62)) + 1
        boot = min(0, try connection.integer("SELECT min(id) FROM boot", call: call) ?? 0) - 1
        findFamily = try connection.prepare(
            """
            SELECT id FROM family
            WHERE template = ? AND kind = ? AND unit = 0 AND labels = ? AND bounds = '[]'
            """, call: call)
        addFamily = try connection.prepare(
            """
            INSERT INTO family (template, kind, unit, labels, bounds, prometheus, help)
            VALUES (?, ?, 0, ?, '[]', ?, '') RETURNING id
            """, call: call)
        names = try SeriesNames(connection)
        addSeries = try connection.prepare(
            "INSERT INTO series (family, labels, first_ms) VALUES (?, ?, ?) RETURNING id",
            call: call)
    }

    var seriesCount: Int { series.count }

    /// Where the samples of a series go; the same for every spelling of its labels.
    mutating func place(
        of described: OpenMetricsKey, _ layout: ColumnLayout
    ) throws(HistoryError) -> Int {
        let (name, labels) = (described.name, described.labels)
        let names = JSONText.array(labels.map(\.0))
        let identity = name + "\u{0}" + names + "\u{0}\(layout.rawValue)"
        var family = families[identity]
        if family == nil {
            let kind = SQLValue.integer(Int64(layout.rawValue))
            try findFamily.bind(.text(name), kind, .text(names))
            family = try Self.id(findFamily)
            if family == nil {
                try addFamily.bind(.text(name), kind, .text(names), .text(name))
                family = try Self.id(addFamily)
            }
            families[identity] = family
        }
        guard let family, family < ChunkKey.familyMax else {
            throw HistoryError(
                .other, call: "import", path: connection.path,
                detail: "more than \(ChunkKey.familyMax) names")
        }
        let values = JSONText.array(labels.map(\.1))
        var id = try self.names.id(family: family, labels: values)
        if id == nil {
            try addSeries.bind(.integer(family), .text(values), .integer(.max))
            id = try Self.id(addSeries)
            if let id { self.names.add(id, family: family, labels: values) }
        }
        guard let id else {
            throw HistoryError(
                .other, call: "import", path: connection.path, detail: "a series has no number")
        }
        if let place = places[id] { return place }
        places[id] = series.count
        series.append(Series(id: id, family: family, layout: layout))
        return series.count - 1
    }

    private static func id(_ statement: Statement) throws(HistoryError) -> Int64? {
        let id = try statement.step() ? statement.integer(0) : nil
        if id != nil { while try statement.step() {} }
        statement.reset()
        return id
    }

    /// False when the time does not ascend.
    mutating func append(_ bits: UInt64, at time: Int64, to place: Int) -> Bool {
        guard time > series[place].last else { return false }
        series[place].last = time
        series[place].times.append(time)
        series[place].values.append(bits)
        collected += 1
        return true
    }

    /// Makes blocks of everything collected.
    mutating func flush() throws(HistoryError) {
        var groups: [[Int64]: [Int]] = [:]
        for (place, one) in series.enumerated() where !one.times.isEmpty {
            groups[one.times, default: []].append(place)
        }
        for (times, places) in groups.sorted(by: { $0.value[0] < $1.value[0] }) {
            var start = 0
            while start < times.count {
                let end = min(times.count, start + Self.samplesPerBlock)
                try write(times, start..<end, places)
                start = end
            }
        }
        for place in series.indices where !series[place].times.isEmpty {
            series[place].times.removeAll(keepingCapacity: true)
            series[place].values.removeAll(keepingCapacity: true)
        }
        collected = 0
    }

    private static let samplesPerBlock = 4096

    private mutating func write(
        _ times: [Int64], _ range: Range<Int>, _ places: [Int]
    ) throws(HistoryError) {
        let slice = Array(times[range])
        let frames = (0..<Int64(slice.count)).map { nextFrame + $0 }
        let span = slice[slice.count - 1] - slice[0]
        let step = slice.count > 1 ? span / Int64(slice.count - 1) : 0
        var draft = BlockDraft(
            key: BlockKey(
                id: nextBlock, tier: HistoryTier.allCases.last { $0.stepMillis <= step } ?? .flush,
                boot: boot, startMillis: slice[0], endMillis: slice[slice.count - 1],
                firstFrame: frames[0], lastFrame: frames[frames.count - 1]),
            block: Block(times: slice, frames: frames, chunks: []))
        nextBlock += 1
        nextFrame += Int64(slice.count)
        var byFamily: [Int64: [Int]] = [:]
        for place in places { byFamily[series[place].family, default: []].append(place) }
        for family in byFamily.keys.sorted() {
            let sorted = (byFamily[family] ?? []).sorted { series[$0].id < series[$1].id }
            var part = 0
            var rest = sorted[...]
            while !rest.isEmpty {
                let isLast = part + 1 == ChunkKey.partsMax
                let chosen = rest.prefix(isLast ? rest.count : ChunkKey.seriesPerPart)
                rest = rest.dropFirst(chosen.count)
                let lives = chosen.map { place in
                    LifeColumns(
                        seriesID: series[place].id, isFresh: false, first: 0,
                        values: Array(series[place].values[range]))
                }
                let blob = encoder.encode(
                    lives, series[chosen[chosen.startIndex]].layout, samples: slice.count,
                    id: ChunkKey.id(block: draft.key.id, family: family, part: part), compression)
                draft.add(lives, family: family, part: part, blob)
                part += 1
            }
        }
        try writer.write(draft, compression)
        try connection.execute(
            """
            UPDATE series SET first_ms = min(first_ms, \(slice[0])),
                last_ms = max(coalesce(last_ms, \(slice[0])), \(slice[slice.count - 1]))
            WHERE id IN (\(places.map { String(series[$0].id) }.joined(separator: ",")))
            """, call: "import")
    }

    /// Writes what is left, the boot and the pin.
    mutating func finish(_ summary: OpenMetricsImport.Summary) throws(HistoryError) {
        try flush()
        if summary.samples == 0 { return }
        let (from, to) = (summary.firstMillis, summary.lastMillis)
        let begin = try connection.prepare(
            """
            INSERT INTO boot (id, start_ms, end_ms, version, config_hash, clean)
            VALUES (?, ?, ?, 'import', ?, 1)
            """, call: "import")
        try begin.bind(.integer(boot), .integer(from), .integer(to), .text(source))
        _ = try begin.step()
        let pin = try connection.prepare(
            "INSERT INTO pin (from_ms, to_ms, reason) VALUES (?, ?, ?)", call: "import")
        try pin.bind(.integer(from), .integer(to), .text("imported from \(source)"))
        _ = try pin.step()
    }
}
