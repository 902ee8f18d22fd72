// Room that is given up when the disk is full and something has to be dropped all the same: expiry
// writes before it frees, to the WAL and, at a checkpoint, to the end of the file. It is a file
// without a name beside the history, so nothing is left behind by a crash. History thread only.

import Glibc

final class DiskReserve {
    /// A file of 256 MiB or more has all of it: eight expiries, a vacuum and a checkpoint.
    static let bytesMax: Int64 = 4 << 20

    /// Less than this lets nothing commit.
    private static let bytesMin: Int64 = 128 << 10

    private let pattern: String
    private let bytes: Int64
    private var descriptor: Int32 = -1
    private var heldBytes: Int64 = 0

    var isHeld: Bool { heldBytes > 0 }
    /// The disk had no room for all of it: free pages are better kept than given back.
    private(set) var isScarce = false

    init(beside path: String, sizeCapBytes: Int64) {
        pattern = path + "-reserve-XXXXXX"
        bytes = min(Self.bytesMax, max(2 * Self.bytesMin, sizeCapBytes / 64))
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Takes the room, or as much of it as is to be had.
    func hold() {
        if heldBytes == bytes { return }
        if descriptor < 0 {
            var name = Array(pattern.utf8CString)
            descriptor = unsafe mkstemp(&name)
            guard descriptor >= 0 else { return }
            unsafe _ = unlink(name)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
        var wanted = bytes
        while wanted >= Self.bytesMin, wanted > heldBytes {
            let code = posix_fallocate(descriptor, 0, off_t(wanted))
            isScarce = code == ENOSPC || code == EDQUOT || code == 0 && wanted < bytes
            if code == 0 {
                heldBytes = wanted
                return
            }
            // What a full disk gave of it is given back.
            ftruncate(descriptor, off_t(heldBytes))
            wanted /= 2
        }
    }

    func release() {
        guard isHeld else { return }
        ftruncate(descriptor, 0)
        heldBytes = 0
    }
}
