// One open file descriptor with one owner: closed exactly once, by deinit, or handed on by
// `release`. Connections keep plain Int32 in their slabs instead and close through `Syscall`;
// this type is for descriptors that live in variables and classes. Any thread.
internal import CLinux

/// An owned descriptor, closed when its owner goes away.
@safe public struct FileDescriptor: ~Copyable, Sendable {
    /// The number the kernel knows; not negative.
    public let rawValue: Int32

    /// Takes over `rawValue`, which nobody else may close.
    public init(owning rawValue: Int32) {
        precondition(rawValue >= 0, "BUG: negative file descriptor")
        self.rawValue = rawValue
    }

    deinit {
        _ = clinux_close(rawValue)
    }

    /// Gives the number away without closing it; the caller owns it from here.
    public consuming func release() -> Int32 {
        let number = rawValue
        discard self
        return number
    }

    /// A second descriptor of the same open file (close-on-exec), for sharing one UNIX listener
    /// among workers, where SO_REUSEPORT does not exist.
    public func duplicate() throws(SystemError) -> FileDescriptor {
        let number = clinux_duplicate(rawValue)
        guard number >= 0 else {
            throw SystemError(call: "dup", errno: -number, subject: "descriptor \(rawValue)")
        }
        return FileDescriptor(owning: number)
    }
}
