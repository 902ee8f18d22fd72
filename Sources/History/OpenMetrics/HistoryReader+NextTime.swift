// Where the samples go on after a stretch without any: an export walks a file day by day, and one
// stray time in an import would make it walk through years of nothing. It may name a time that is
// too early, never one that is too late. Reader's thread.

extension HistoryReader {
    /// A time after `time` before which there is no sample; nil when none follows. Costs a look at
    /// the blocks that reach over `time`.
    func nextTime(after time: Int64) throws(HistoryError) -> Int64? {
        let call = "find the next sample"
        var next = try connection.integer(
            "SELECT time_ms FROM frame WHERE time_ms > \(time) ORDER BY time_ms LIMIT 1",
            call: call)
        func note(_ found: Int64) { next = min(next ?? found, found) }
        if let start = try connection.integer(
            "SELECT start_ms FROM block WHERE start_ms > \(time) ORDER BY start_ms LIMIT 1",
            call: call)
        {
            note(start)
        }
        for key in try BlockIndex.blocks(from: time + 1, to: time + 1, connection) {
            // A damaged block is skipped like an empty one: the windows around report it.
            guard case .success(let block) = try blobs.open(key) else { continue }
            if let found = block.times.first(where: { $0 > time }) { note(found) }
        }
        return next
    }
}
