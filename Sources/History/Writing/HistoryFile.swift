// The file as the operating system sees it: created 0600, locked for one writer, judged by its
// first bytes, moved aside with its companions. The lock is flock(2) on the file itself: it does
// not meet SQLite's own fcntl locks, blocks no reader, and dies with the process. Its descriptor
// must stay open until SQLite has closed: closing any descriptor drops the fcntl locks.

import Glibc

/// Holds the writer's lock on a history file; releases it on deinit.
final class HistoryFile {
    private let descriptor: Int32
    let path: String
    /// True when the file was empty or did not exist.
    let isEmpty: Bool

    /// Opens or creates, locks, and looks at the first bytes.
    init(locking path: String) throws(HistoryError) {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(errno, "open", path) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw HistoryError(.denied, call: "open", path: path, detail: "not a regular file")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            guard code == EWOULDBLOCK else { throw Self.failure(code, "lock", path) }
            throw HistoryError(
                .alreadyWriting, call: "lock", path: path, detail: "another weir is writing it")
        }
        self.descriptor = descriptor
        self.path = path
        isEmpty = status.st_size == 0
    }

    deinit { close(descriptor) }

    /// True when the file begins like an SQLite database and holds at least the smallest page;
    /// SQLite itself would take anything shorter for an empty file and write over it.
    var looksLikeDatabase: Bool {
        var head = [UInt8](repeating: 0, count: 512)
        let count = unsafe pread(descriptor, &head, head.count, 0)
        return count == head.count && head.starts(with: "SQLite format 3\u{0}".utf8)
    }

    /// Renames the file and its -wal and -shm; the new name of the file.
    func moveAside(wallMillis: Int64) throws(HistoryError) -> String {
        let base = path + ".corrupt-" + TimeText.compact(millis: wallMillis)
        var target = base
        var attempt = 1
        while unsafe access(target, F_OK) == 0 {
            attempt += 1
            target = "\(base)-\(attempt)"
        }
        guard unsafe rename(path, target) == 0 else {
            throw Self.failure(errno, "move aside", path)
        }
        for suffix in ["-wal", "-shm"] where unsafe access(path + suffix, F_OK) == 0 {
            guard unsafe rename(path + suffix, target + suffix) == 0 else {
                throw Self.failure(errno, "move aside", path + suffix)
            }
        }
        return target
    }

    /// Size in bytes, 0 when there is no such file.
    static func size(_ path: String) -> Int64 {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }

    static func failure(_ code: Int32, _ call: String, _ path: String) -> HistoryError {
        let reason: HistoryError.Reason =
            switch code {
            case EACCES, EPERM, EROFS, EISDIR: .denied
            case ENOENT, ENOTDIR: .missing
            case ENOSPC, EDQUOT: .full
            case EIO: .inputOutput
            default: .other
            }
        let detail = code == ENOENT ? "no such folder" : unsafe String(cString: strerror(code))
        return HistoryError(
            reason, call: call, code: code, isSystemCode: true, path: path, detail: detail)
    }
}
