// The one door to the kernel for bytes on connections. Non-blocking descriptors only; EINTR is
// handled here; results are enums in registers, never throws, because what a peer does is not an
// exception. `receive` and `send` are inlined into the caller: one libc call and two branches.
// SIGPIPE is never raised (MSG_NOSIGNAL). Runs on the thread that owns the descriptor.
public import CLinux

/// What became of a read or a write.
public enum IOResult: Sendable, Equatable {
    /// So many bytes were moved; for a send possibly fewer than asked.
    case bytes(Int)
    /// Nothing now; the poller will tell.
    case wouldBlock
    /// The peer has closed its sending side.
    case end
    /// The connection is broken; the errno says how.
    case failed(Int32)
}

/// What became of an accept.
public enum AcceptResult: Sendable, Equatable {
    /// A non-blocking, close-on-exec descriptor that the caller owns, and who is there. UNIX
    /// peers are normally unnamed: their path is empty.
    case accepted(Int32, SocketAddress)
    /// The queue is empty.
    case wouldBlock
    /// EMFILE, ENFILE, ENOBUFS, ENOMEM: accepting again at once would spin, so pause.
    case outOfDescriptors(Int32)
    /// That one connection was gone before it was taken; go on with the next.
    case aborted
    /// The listener itself is unusable.
    case failed(Int32)
}

/// System calls of the data path.
public enum Syscall {
    /// Reads what is there into `buffer`, which must not be empty.
    @inlinable public static func receive(
        _ fd: Int32, into buffer: UnsafeMutableRawBufferPointer
    ) -> IOResult {
        precondition(buffer.count > 0, "BUG: receive into an empty buffer looks like end")
        while true {
            let result = unsafe clinux_receive(fd, buffer.baseAddress, buffer.count)
            if result > 0 { return .bytes(result) }
            if result == 0 { return .end }
            if result == -Int(EINTR) { continue }
            return failure(result)
        }
    }

    /// Writes from the start of `bytes` as much as the socket takes.
    @inlinable public static func send(_ fd: Int32, _ bytes: UnsafeRawBufferPointer) -> IOResult {
        while true {
            let result = unsafe clinux_send(fd, bytes.baseAddress, bytes.count)
            if result >= 0 { return .bytes(result) }
            if result == -Int(EINTR) { continue }
            return failure(result)
        }
    }

    /// Writes `first`, then `second`, in one call; the count runs over both.
    public static func send(
        _ fd: Int32, _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer
    ) -> IOResult {
        while true {
            let result = unsafe clinux_send_two(
                fd, first.baseAddress, first.count, second.baseAddress, second.count)
            if result >= 0 { return .bytes(result) }
            if result == -Int(EINTR) { continue }
            return failure(result)
        }
    }

    /// Moves up to `count` bytes from one descriptor to another, one of them a pipe, without
    /// copying them through this process. `.bytes` may be fewer although there is more.
    public static func splice(from source: Int32, to sink: Int32, _ count: Int) -> IOResult {
        precondition(count > 0, "BUG: a splice of nothing looks like end")
        while true {
            let result = clinux_splice(source, sink, count)
            if result > 0 { return .bytes(result) }
            if result == 0 { return .end }
            if result == -Int(EINTR) { continue }
            return failure(result)
        }
    }

    /// Whether a byte, the end or an error waits to be read.
    public static func hasInput(_ fd: Int32) -> Bool {
        clinux_has_input(fd) != 0
    }

    /// Takes one connection from a listener's queue. TCP_NODELAY comes with it from the listener.
    public static func accept(_ listener: Int32) -> AcceptResult {
        var peer = clinux_address()
        while true {
            let result = unsafe clinux_accept(listener, &peer)
            if result >= 0 {
                return .accepted(result, SocketAddress(kernel: peer))
            }
            switch -result {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .outOfDescriptors(-result)
            case EBADF, EINVAL, ENOTSOCK, EOPNOTSUPP, EFAULT: return .failed(-result)
            default: return .aborted  // accept(2): errors of the new connection, try again
            }
        }
    }

    /// Sends FIN after what has been written; reading goes on. Errors show up at the next read.
    public static func shutdownWrite(_ fd: Int32) {
        _ = clinux_shutdown_write(fd)
    }

    /// Closes a descriptor the caller owns as a plain number. Closing a number that is not open
    /// would one day close somebody else's connection, so it stops the process.
    public static func close(_ fd: Int32) {
        let result = clinux_close(fd)
        precondition(result != -EBADF, "BUG: close of a descriptor that is not open")
    }

    /// Takes the pending error of a socket, 0 when there is none: whether a connect succeeded.
    public static func socketError(_ fd: Int32) -> Int32 {
        let result = clinux_socket_error(fd)
        return result < 0 ? -result : result
    }

    /// Switches Nagle's algorithm off; silently nothing on sockets that are not TCP.
    public static func setNoDelay(_ fd: Int32) {
        _ = clinux_set_no_delay(fd)
    }

    @usableFromInline @inline(never)
    static func failure(_ result: Int) -> IOResult {
        result == -Int(EAGAIN) ? .wouldBlock : .failed(Int32(-result))
    }
}
