// Reads all of the file and says what cannot be read: rows, frames, blocks, chunks, chunks that no
// block knows. It changes nothing and stops at nothing. Reader's thread; takes as long as the file
// is large, so the caller gets told how far it is.

/// What `verify` found.
public struct VerifyReport: Sendable {
    public var frames = 0
    public var framesLost = 0
    public var blocks = 0
    public var chunks = 0
    /// Chunks without a block: a sign of damage in the table of blocks.
    public var orphans = 0
    /// Series in frames and chunks that the dictionary does not know.
    public var unnamedSeries = 0
    /// Rows that questions pass over, and the first of them by name and reason.
    public var rowsLost = 0
    public var rowFaults: [String] = []
    public var frameFaults: [ReadReport.Fault] = []
    public var blockFaults: [ReadReport.BlockFault] = []
    /// SQLite's own complaints: about its pages, and of what it was asked.
    public var pageFaults: [String] = []

    public var isSound: Bool {
        framesLost == 0 && orphans == 0 && unnamedSeries == 0 && rowsLost == 0
            && frameFaults.isEmpty && blockFaults.isEmpty && pageFaults.isEmpty
    }

    mutating func add(fault error: HistoryError) {
        let text = "\(error.call): \(error.detail)"
        if !pageFaults.contains(text) { pageFaults.append(text) }
    }
}

extension HistoryReader {
    /// - Parameter progress: called with blocks done and blocks in all.
    public func verify(
        _ progress: (_ done: Int, _ all: Int) -> Void = { _, _ in }
    ) throws(HistoryError) -> VerifyReport {
        var report = VerifyReport()
        var seen: Set<Int64> = []
        try tolerating(&report) { report throws(HistoryError) in
            let rows = try self.connection.prepare("PRAGMA quick_check(100)", call: "verify")
            while try rows.step() {
                // One row may hold them all.
                for line in rows.text(0).split(separator: "\n")
                where line != "ok" && !line.hasPrefix("***") && report.pageFaults.count < 100 {
                    report.pageFaults.append(String(line))
                }
            }
        }
        try verifyRows(&report)
        try tolerating(&report) { report throws(HistoryError) in
            let read = try self.forEachFrame(from: .min, to: .max) { frame in
                for slot in frame.decoder.slots[frame.decoder.born] { seen.insert(slot.seriesID) }
                return true
            }
            report.frames = read.frames
            report.framesLost = read.framesLost
            report.frameFaults = read.faults
        }
        let keys = try blockKeys(&report)
        for (done, key) in keys.enumerated() {
            try verify(key, &report, &seen)
            progress(done + 1, keys.count)
        }
        try tolerating(&report) { report throws(HistoryError) in
            let orphans = try self.connection.integer(
                "SELECT count(*) FROM chunk WHERE id >> 28 NOT IN (SELECT id FROM block)",
                call: "verify")
            report.orphans = Int(orphans ?? 0)
            let named = try self.connection.prepare("SELECT id FROM series", call: "verify")
            while try named.step() { seen.remove(named.integer(0)) }
            report.unnamedSeries = seen.count
        }
        return report
    }

    /// A damaged page ends a question, not the verification.
    private func tolerating(
        _ report: inout VerifyReport,
        _ body: (inout VerifyReport) throws(HistoryError) -> Void
    ) throws(HistoryError) {
        do throws(HistoryError) {
            try body(&report)
        } catch {
            guard error.isDamage else { throw error }
            report.add(fault: error)
        }
    }

    /// From both ends, so that one damaged page hides no more than itself.
    private func blockKeys(_ report: inout VerifyReport) throws(HistoryError) -> [BlockKey] {
        var found: [Int64: BlockKey] = [:]
        for order in ["ASC", "DESC"] {
            try tolerating(&report) { _ throws(HistoryError) in
                try BlockIndex.forEachBlock(order, self.connection) { found[$0.id] = $0 }
            }
        }
        return found.values.sorted { $0.id < $1.id }
    }

    private func verify(
        _ key: BlockKey, _ report: inout VerifyReport, _ seen: inout Set<Int64>
    ) throws(HistoryError) {
        report.blocks += 1
        let block: Block
        switch try blobs.open(key) {
        case .success(let opened): block = opened
        case .failure(let fault):
            report.blockFaults.append(.init(block: key, family: nil, fault: fault))
            return
        }
        for place in block.chunks {
            report.chunks += 1
            let id = ChunkKey.id(block: key.id, family: place.family, part: place.part)
            var fault: BlobFault?
            switch try blobs.chunk(id, samples: block.times.count) {
            case .success(let chunk):
                seen.formUnion(chunk.lives.map(\.seriesID))
                if chunk.lives.contains(where: { chunk.columns(of: $0) == nil }) {
                    fault = .malformed
                }
            case .failure(let found): fault = found
            }
            if let fault {
                report.blockFaults.append(.init(block: key, family: place.family, fault: fault))
            }
        }
    }
}
