// Numbers of the history: what reaches the file, how late, what went wrong. The history thread
// reports by message, main counts. Increments are never lost when a frame is replaced: frames are
// cumulative, the next one carries them.

import Stats

/// `history.*`
struct HistoryMetrics: Sendable {
    let live: Gauge
    let writes: Counter
    let bytes: Counter
    let writeTime: Histogram
    let errors: Counter
    let replaced: Counter
    let lag: Gauge
    let maintenanceTime: Histogram
    let fileBytes: Gauge

    init(_ catalogue: Catalogue) {
        let m = catalogue.scope("history")
        live = m.gauge("live", "1 while frames reach the file, 0 when there is none or it fails.")
        writes = m.counter("writes", "Frames written.")
        bytes = m.counter("write_bytes", "Bytes of frames written.", unit: .bytes)
        writeTime = m.histogram("write_time", "One frame written.", unit: .nanoseconds)
        errors = m.counter("errors", "Frames and upkeep that failed; they are tried again.")
        replaced = m.counter(
            "replaced_frames", "Frames replaced by a newer one while the file was busy.")
        lag = m.gauge("lag", "Age of the newest snapshot in the file.", unit: .nanoseconds)
        maintenanceTime = m.histogram(
            "maintenance_time", "One round of compaction, expiry and checkpoint.",
            unit: .nanoseconds)
        fileBytes = m.gauge("file_size", "The file with its write-ahead log.", unit: .bytes)
    }
}
