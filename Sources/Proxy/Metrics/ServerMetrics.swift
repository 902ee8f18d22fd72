// Numbers of the process, of the stats engine itself and of main's own loop. Written by main in its
// own shard; what other threads see (the guard dog, CPU clocks) comes by message and is counted
// here. Sum that must hold: the thread CPU times add up to the process's, less start-up.

import Stats

/// `server.*`: the process.
struct ServerMetrics: Sendable {
    let uptime: Gauge
    let live: Gauge
    let concurrency: Gauge
    let workerImbalance: Gauge
    let memory: Gauge
    let openDescriptors: Gauge
    let descriptorLimit: Gauge
    let droppedFlushes: Counter
    let droppedLogLines: Counter
    let stats: StatsEngineMetrics
    let loop: ThreadMetrics

    init(_ catalogue: Catalogue) {
        let m = catalogue.scope("server")
        uptime = m.gauge("uptime", "Time since the start.", unit: .nanoseconds)
        live = m.gauge("live", "1 while requests are taken, 0 while draining.")
        concurrency = m.gauge("concurrency", "Worker threads.")
        workerImbalance = m.gauge(
            "worker_imbalance",
            "How far the worker with most client connections is above the mean, in percent.")
        memory = m.gauge("memory_physical_size", "Resident memory.", unit: .bytes)
        openDescriptors = m.gauge("open_fds", "File descriptors open now.")
        descriptorLimit = m.gauge("max_fds", "File descriptors that may be open.")
        droppedFlushes = m.counter(
            "dropped_stat_flushes", "Flushes left out because the one before had not ended.")
        droppedLogLines = m.counter(
            "dropped_log_lines", "Log lines left out because stderr took no more.")
        stats = StatsEngineMetrics(catalogue)
        loop = ThreadMetrics(catalogue, thread: "main")
    }
}

/// `stats.*`: what counting costs.
struct StatsEngineMetrics: Sendable {
    let series: Gauge
    let families: Gauge
    let memory: Gauge
    let folded: Counter
    let refusedRecords: Counter
    let cuts: Counter
    let lateCuts: Counter
    let cutDuration: Histogram
    let mergeDuration: Histogram
    let flushes: Counter

    init(_ catalogue: Catalogue) {
        let m = catalogue.scope("stats")
        series = m.gauge("series", "Series in a snapshot.")
        families = m.gauge("families", "Metric families in the catalogue.")
        memory = m.gauge("memory", "Memory of cells, tables and totals.", unit: .bytes)
        folded = m.counter("folded_series", "Label values counted as `other` above a limit.")
        refusedRecords = m.counter(
            "refused_records", "Histogram values not counted because a thread's cells are full.")
        cuts = m.counter("cuts", "Snapshots taken.")
        lateCuts = m.counter("late_cuts", "Workers that did not answer a cut within 250 ms.")
        cutDuration = m.histogram(
            "cut_duration", "A snapshot asked for to all cuts in.", unit: .nanoseconds)
        mergeDuration = m.histogram(
            "merge_duration", "Main's own work for a snapshot, merging apart from waiting.",
            unit: .nanoseconds)
        flushes = m.counter("flushes", "Snapshots given to the sinks.")
    }
}

/// Per thread: what the guard dog sees. `cpu` exists for every thread, misses for loops.
struct WatchMetrics: Sendable {
    let miss: Counter
    let megaMiss: Counter

    init(_ catalogue: Catalogue, thread: String) {
        let m = catalogue.scope("server.{thread}", [thread])
        miss = m.counter("watchdog_miss", "Times the thread's loop did not turn for 1 s.")
        megaMiss = m.counter("watchdog_mega_miss", "Times the thread's loop did not turn for 5 s.")
    }
}

/// Per thread: CPU time from the kernel's clock of that thread.
enum ThreadCPUMetric {
    static func counter(_ catalogue: Catalogue, thread: String) -> Counter {
        catalogue.scope("thread.{thread}", [thread]).counter(
            "cpu", "CPU time of the thread.", unit: .nanoseconds)
    }
}
