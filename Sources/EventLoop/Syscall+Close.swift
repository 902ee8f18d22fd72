// Two questions about the end of a connection that the data path asks beside `Syscall.close`:
// ending it so that the peer notices, and telling "no descriptors left" from other failures.
// Any thread that owns the descriptor.
import CLinux
import Glibc

extension Syscall {
    /// The next `close` sends a reset: the peer cannot take a cut-off stream for a whole one.
    public static func resetOnClose(_ fd: Int32) {
        _ = clinux_reset_on_close(fd)
    }
}

extension SystemError {
    /// Whether an errno means that the process or the system is out of descriptors or memory.
    public static func isOutOfDescriptors(_ errno: Int32) -> Bool {
        errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM
    }
}
