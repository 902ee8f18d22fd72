// Where the bytes of a file are: by tier, by family, and how long there is room at
// this rate. From row lengths alone, so it is quick on a large file. Reader's
// thread.

/// Bytes of one tier. Frames that no block holds yet have a row of their own.
public struct TierSize: Sendable {
    /// nil: frames.
    public let tier: HistoryTier?
    public let bytes: Int64
    public let samples: Int64
    public let firstMillis: Int64?
    public let lastMillis: Int64?

    public var bytesPerSample: Double? { samples > 0 ? Double(bytes) / Double(samples) : nil }
    /// At the rate of the time it covers.
    public var bytesPerDay: Double? {
        guard let firstMillis, let lastMillis, lastMillis > firstMillis else { return nil }
        return Double(bytes) / Double(lastMillis - firstMillis) * 86_400_000
    }
}

public struct FamilySize: Sendable {
    public let family: StoredFamily
    /// By tier.
    public let bytes: [Int64]

    public var total: Int64 { bytes.reduce(0, +) }
}

public struct SizeReport: Sendable {
    public let fileBytes: Int64
    public let walBytes: Int64
    public let freeBytes: Int64
    public let tiers: [TierSize]
    /// Largest first.
    public let families: [FamilySize]

    /// Days until the size cap drops something, at this rate; nil when it never will, because age
    /// takes everything first, or when nothing is known.
    public func daysLeft(_ options: HistoryOptions) -> Double? {
        var room = Double(options.sizeCapBytes - fileBytes - walBytes + freeBytes)
        if room <= 0 { return 0 }
        // Each tier grows until it has its age.
        var growing = tiers.compactMap { size -> (left: Double, rate: Double)? in
            guard let tier = size.tier, let rate = size.bytesPerDay, let first = size.firstMillis,
                let last = size.lastMillis
            else { return nil }
            let left = Double(options.retention[tier.rawValue] - (last - first)) / 86_400_000
            return left > 0 ? (left, rate) : nil
        }.sorted { $0.left < $1.left }
        var days = 0.0
        while !growing.isEmpty {
            let rate = growing.reduce(0) { $0 + $1.rate }
            let next = growing[0].left - days
            if rate * next >= room { return days + room / rate }
            room -= rate * next
            days = growing[0].left
            growing.removeFirst()
        }
        return nil
    }
}

extension HistoryReader {
    public func sizes() throws(HistoryError) -> SizeReport {
        let call = "measure"
        var tiers: [TierSize] = []
        func measure(_ tier: HistoryTier?, _ sql: String) throws(HistoryError) {
            let row = try connection.prepare(sql, call: call)
            guard try row.step(), row.integer(0) > 0 else { return }
            tiers.append(
                TierSize(
                    tier: tier, bytes: row.integer(0), samples: row.integer(1),
                    firstMillis: row.integer(2), lastMillis: row.integer(3)))
            row.reset()
        }
        try measure(
            nil,
            """
            SELECT sum(length(data)), \(try samples(lastID: lastFrameID())),
                min(time_ms), max(time_ms) FROM frame
            """)
        for tier in HistoryTier.allCases {
            try measure(
                tier,
                """
                SELECT sum(length(data)) + (SELECT coalesce(sum(length(data)), 0) FROM chunk
                    WHERE id >> 28 IN (SELECT id FROM block WHERE tier = \(tier.rawValue))),
                    sum(samples), min(start_ms), max(end_ms)
                FROM block WHERE tier = \(tier.rawValue)
                """)
        }
        let pageBytes = try connection.integer("PRAGMA page_size", call: call) ?? 0
        let free = try connection.integer("PRAGMA freelist_count", call: call) ?? 0
        return SizeReport(
            fileBytes: HistoryFile.size(path), walBytes: HistoryFile.size(path + "-wal"),
            freeBytes: free * pageBytes, tiers: tiers, families: try familySizes())
    }

    private func lastFrameID() throws(HistoryError) -> Int64 {
        try connection.integer("SELECT max(id) FROM frame", call: "measure") ?? 0
    }

    private func familySizes() throws(HistoryError) -> [FamilySize] {
        let rows = try connection.prepare(
            """
            SELECT chunk.id >> 8 & \(ChunkKey.familyMax - 1), tier, sum(length(chunk.data))
            FROM chunk JOIN block ON block.id = chunk.id >> 28 GROUP BY 1, 2
            """, call: "measure")
        var bytes: [Int64: [Int64]] = [:]
        while try rows.step() {
            guard let tier = HistoryTier(rawValue: Int(clamping: rows.integer(1))) else { continue }
            bytes[
                rows.integer(0),
                default: [Int64](repeating: 0, count: HistoryTier.allCases.count)
            ][tier.rawValue] += rows.integer(2)
        }
        return try families().compactMap { family in
            bytes[family.id].map { FamilySize(family: family, bytes: $0) }
        }.sorted { $0.total > $1.total }
    }
}
