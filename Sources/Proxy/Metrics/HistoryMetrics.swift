// Numbers of the history: what reaches the file, how late, what waits, what went wrong. The history
// thread reports by message, main counts. Increments are never lost when frames are merged: frames
// are cumulative, the next one carries them.

import Stats

/// `history.*`
struct HistoryMetrics: Sendable {
    let live: Gauge
    let writes: Counter
    let bytes: Counter
    let writeTime: Histogram
    let errors: Counter
    let waiting: Gauge
    let merged: Counter
    let lag: Gauge
    let maintenanceTime: Histogram
    let fileBytes: Gauge
    let framesLost: Counter
    let livesLost: Counter
    let marks: Counter
    let marksRefused: Counter

    init(_ catalogue: Catalogue) {
        let m = catalogue.scope("history")
        live = m.gauge("live", "1 while frames reach the file, 0 when there is none or it fails.")
        writes = m.counter("writes", "Frames written.")
        bytes = m.counter("write_bytes", "Bytes of frames written.", unit: .bytes)
        writeTime = m.histogram("write_time", "One frame written.", unit: .nanoseconds)
        errors = m.counter("errors", "Frames and upkeep that failed; they are tried again.")
        waiting = m.gauge(
            "frames_waiting", "Frames that wait for the file, beside the one being written.")
        merged = m.counter(
            "frames_merged",
            "Frames that had to wait too long and went into the next one: no count is lost, only "
                + "resolution.")
        lag = m.gauge("lag", "Age of the newest snapshot in the file.", unit: .nanoseconds)
        maintenanceTime = m.histogram(
            "maintenance_time", "One round of compaction, expiry and checkpoint.",
            unit: .nanoseconds)
        fileBytes = m.gauge("file_size", "The file with its write-ahead log.", unit: .bytes)
        framesLost = m.counter(
            "frames_lost", "Frames found damaged by compaction, with the rest of their groups.")
        livesLost = m.counter(
            "series_lost", "Series that compaction dropped from a block as they have no name.")
        marks = m.counter("marks", "Annotations and pins written for clients of the admin.")
        marksRefused = m.counter(
            "marks_refused", "Annotations and pins refused as too many waited.")
    }
}
