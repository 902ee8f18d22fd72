// kill -9 against the history. `run N` starts a writer N times, kills it at a random moment and
// compares what the file says with what the writer had acknowledged: every acknowledged frame is
// there, at most the one under way more, in every tier, and every blob is sound. `write FILE` is
// the writer: it counts one a frame, appends and compacts as fast as it can.

import Glibc
import History
import Stats

/// Without a buffer: what was said before a kill has been heard.
func say(_ text: String) {
    let line = Array((text + "\n").utf8)
    _ = Glibc.write(1, line, line.count)
}

func fail(_ text: String) -> Never {
    say("crash: \(text)")
    exit(1)
}

/// Counts frames of one boot until it is killed.
func write(_ path: String) throws {
    let registry = Registry(cellCapacity: 1 << 14)
    let family = registry.declare(MetricFamily("crash.frames_total", .counter, help: "Frames."))
    let time = registry.declare(
        MetricFamily("crash.time", .histogram, unit: .nanoseconds, help: "Latency."))
    let shard = registry.makeShard(name: "crash")
    let counter = registry.counter(family)
    let latency = registry.histogram(time)
    let last = (try? HistoryReader(path: path).timeRange()?.upperBound) ?? 1_800_000_000_000
    var now = last + 5000
    let writer = try HistoryWriter.open(HistoryOptions(path: path), wallMillis: now)
    if writer.notices.contains(where: { if case .movedAside = $0 { true } else { false } }) {
        fail("the file was moved aside: \(writer.notices)")
    }
    var frames = 0
    while true {
        now += 1000
        frames += 1
        shard.add(counter)
        shard.record(latency, UInt64(frames * 7919 % 1_000_000))
        registry.apply(shard.cut())
        _ = try writer.append(
            registry.snapshot(wallMillis: now, monotonicNanos: UInt64(now) * 1_000_000))
        say("\(writer.bootID) \(frames)")
        if frames % 3 == 0 { _ = try writer.maintain(nowMillis: now) }
        if frames % 200 == 0 { for _ in 0..<50 { _ = try writer.compact(budgetNanos: 200_000) } }
    }
}

/// Starts a writer, kills it after some acknowledged frames; the last one: (boot, frames).
func killOne(_ path: String, after frames: Int, _ micros: UInt32) -> (boot: Int64, frames: Int) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { fail("no pipe") }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_addclose(&actions, ends[0])
    var arguments =
        ["/proc/self/exe", "write", path].map { (text: String) in strdup(text) } + [nil]
    var child: pid_t = 0
    guard posix_spawn(&child, "/proc/self/exe", &actions, nil, &arguments, environ) == 0 else {
        fail("no child")
    }
    close(ends[1])
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    var lines = 0
    var isKilled = false
    while true {
        let count = read(ends[0], &buffer, buffer.count)
        if count <= 0 { break }
        text += buffer[..<count]
        lines += buffer[..<count].count { $0 == UInt8(ascii: "\n") }
        if lines >= frames, !isKilled {
            usleep(micros)
            kill(child, SIGKILL)
            isKilled = true
        }
    }
    close(ends[0])
    waitpid(child, nil, 0)
    arguments.forEach { free($0) }
    if !isKilled { fail("the writer ended: \(String(decoding: text, as: UTF8.self).suffix(300))") }
    let complete = text[..<((text.lastIndex(of: UInt8(ascii: "\n")) ?? 0) + 1)]
    let line = String(decoding: complete, as: UTF8.self).split(separator: "\n").last ?? ""
    let words = line.split(separator: " ").compactMap { Int($0) }
    guard words.count == 2 else { fail("no acknowledgement: \(line)") }
    return (Int64(words[0]), words[1])
}

/// Frames counted in the file, from the series alone.
func counted(_ path: String, from: Int64, tier: HistoryTier) throws -> UInt64 {
    let reader = try HistoryReader(path: path)
    guard let family = try reader.families().first(where: { $0.kind == .counter }) else { return 0 }
    let window = try reader.window(
        family: family.id, seriesIDs: nil, from: from, to: .max, tier: .exactly(tier))
    if !window.report.blockFaults.isEmpty || window.report.framesLost > 0 { fail("faults") }
    var total: UInt64 = 0
    for life in window.lives {
        var values: [UInt64] = []
        for piece in life.pieces where !window.values(of: piece, into: &values) {
            fail("a malformed column")
        }
        total += (values.last ?? 0) - (life.isFresh ? 0 : values.first ?? 0)
    }
    return total
}

func run(_ rounds: Int) throws {
    var folder = Array("/tmp/weir-crash-XXXXXX".utf8CString)
    guard mkdtemp(&folder) != nil else { fail("no folder") }
    let directory = String(decoding: folder.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let path = directory + "/weir.db"
    var expected: UInt64 = 0
    for round in 1...rounds {
        let (boot, frames) = killOne(
            path, after: Int.random(in: 1...1500), UInt32.random(in: 0...3000))
        let boots = try HistoryReader(path: path).boots()
        guard let start = boots.first(where: { $0.id == boot })?.startMillis else {
            fail("round \(round): no boot \(boot)")
        }
        let found = try counted(path, from: start - 1, tier: .flush)
        guard found == UInt64(frames) || found == UInt64(frames) + 1 else {
            fail("round \(round): \(frames) acknowledged, \(found) in the file \(path)")
        }
        expected += found
        if round % 20 == 0 || round == rounds {
            for tier in HistoryTier.allCases {
                let all = try counted(path, from: .min, tier: tier)
                guard all == expected else {
                    fail("round \(round): \(tier) has \(all) of \(expected) in \(path)")
                }
            }
            let report = try HistoryReader(path: path).verify()
            guard report.isSound else { fail("round \(round): \(report) in \(path)") }
        }
    }
    for name in ["", "-wal", "-shm"] { unlink(path + name) }
    rmdir(directory)
    say("\(rounds) kills, \(expected) frames, nothing acknowledged was lost")
}

let arguments = CommandLine.arguments
switch arguments.dropFirst().first {
case "write" where arguments.count == 3: try write(arguments[2])
case "run" where arguments.count == 3: try run(Int(arguments[2]) ?? 1)
default: fail("usage: HistoryCrash run N")
}
