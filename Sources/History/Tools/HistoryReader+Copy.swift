// A consistent copy of a history that somebody may be writing at this moment: one file
// without a WAL, packed, for a bug report or another machine. Reader's thread; the source is
// only read.

import Glibc

extension HistoryReader {
    /// Writes the copy; `target` must not exist yet. Its owner alone may read it.
    public func copy(to target: String) throws(HistoryError) {
        let descriptor = unsafe open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw HistoryFile.failure(errno, "copy", target) }
        close(descriptor)
        do throws(HistoryError) {
            let vacuum = try connection.prepare("VACUUM INTO ?", call: "copy")
            try vacuum.bind(.text(target))
            while try vacuum.step() {}
        } catch {
            unsafe unlink(target)
            throw error
        }
    }
}
