// What the data path asks about the end of a connection beside `Syscall.close`: ending it so
// that the peer notices, whether the peer has everything, and telling "no descriptors left" from
// other failures. Any thread that owns the descriptor.
import CLinux
import Glibc

extension Syscall {
    /// The next `close` sends a reset: the peer cannot take a cut-off stream for a whole one.
    public static func resetOnClose(_ fd: Int32) {
        _ = clinux_reset_on_close(fd)
    }

    /// Bytes that the peer has not acknowledged yet; 0 when unknown.
    public static func unsentBytes(_ fd: Int32) -> Int {
        Int(clinux_unsent_bytes(fd))
    }
}

extension SystemError {
    /// Whether an errno means that the process or the system is out of descriptors or memory.
    public static func isOutOfDescriptors(_ errno: Int32) -> Bool {
        errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM
    }
}
