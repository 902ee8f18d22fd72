// What `doctor` sees of a file that no query tells: how old its newest frame is, what waits in the
// write-ahead log and since when, how runs ended, whether the clock stepped, the room on its disk,
// and the SQLite that reads it. Reads and `stat` only; the one thread of the program.

import Glibc
import History

extension DoctorCommand {
    static func file(_ backend: FileBackend, _ now: Int64) throws -> [Finding] {
        let info = try backend.reader.info()
        let age = StoreOptions.nowMillis - now
        let isOld = age >= 60_000
        let boots = try backend.reader.boots()
        let unclean = boots.dropLast().filter { !$0.isClean }.count
        let steps = try backend.events(start: now - 86_400_000, end: .max).filter {
            $0.kind == "clock"
        }
        return [
            Finding(
                verdict: isOld ? .odd : .well, title: "newest frame",
                text: "\(TimeText.span(millis: max(0, age))) old"
                    + (isOld ? "; is weir running, with this file?" : "")),
            log(info, backend.reader.path, isWritten: !isOld),
            Finding(
                verdict: unclean == 0 ? .well : .odd, title: "ends of runs",
                text: unclean == 0
                    ? "all clean" : "\(unclean) of \(boots.count) not clean; was weir killed?"),
            Finding(
                verdict: steps.isEmpty ? .well : .odd, title: "clock",
                text: steps.last.map { $0.text + "; is time synchronised?" } ?? "no step in 1d"),
        ]
    }

    /// A checkpoint is the only thing that writes to the file itself: everything else goes to its
    /// log, so the time of the file's last change is that of the last checkpoint.
    private static func log(
        _ info: HistoryInfo, _ path: String, isWritten: Bool
    ) -> Finding {
        var status = stat()
        let size = UnitText.human(bytes: info.walBytes)
        guard info.walBytes > 0, unsafe stat(path, &status) == 0 else {
            return Finding(
                verdict: .well, title: "write-ahead log", text: "\(size), all in the file")
        }
        let age = max(0, StoreOptions.nowMillis - Int64(status.st_mtim.tv_sec) * 1000)
        let isLarge = info.walBytes > 64 << 20
        let isLate = isWritten && info.walBytes > 8 << 20 && age > 600_000
        return Finding(
            verdict: isLarge || isLate ? .odd : .well, title: "write-ahead log",
            text: "\(size), last checkpoint \(TimeText.span(millis: age)) ago"
                + (isLarge || isLate ? "; does a long reader hold it?" : ""))
    }

    static var library: Finding {
        Finding(verdict: .well, title: "sqlite", text: SQLiteLibrary.version)
    }

    static func disk(of path: String) -> Finding {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0 else {
            return Finding(verdict: .unknown, title: "disk", text: "cannot be measured")
        }
        let free = Int64(status.f_bavail) * Int64(status.f_frsize)
        let share = Double(status.f_bavail) / Double(max(1, status.f_blocks))
        let isShort = share < 0.05
        return Finding(
            verdict: isShort ? .odd : .well, title: "disk",
            text: "\(UnitText.human(bytes: free)) free"
                + (isShort ? "; under 5 %, free some space" : ""))
    }
}
