// Making sockets: listeners (main, at start), upstream connects (workers), UDP for statsd (main).
// Everything is non-blocking and close-on-exec from birth. Listening throws, because a person
// waits for the message; connecting returns an enum, because an upstream may well be down.
// A UNIX socket file left behind by a dead process is removed only when nobody answers on it.
internal import CLinux

/// What became of a connect. The descriptor belongs to the caller, who closes it by `Syscall`.
public enum ConnectResult: Sendable, Equatable {
    /// Connected at once (UNIX sockets, sometimes loopback).
    case connected(Int32)
    /// Wait for writable, then ask `Syscall.socketError`.
    case inProgress(Int32)
    /// Nothing is open; the errno says why.
    case failed(Int32)
}

/// Socket construction.
public enum Sockets {
    /// Binds and listens. `reusePort` lets several listeners share one IP address (SO_REUSEPORT);
    /// UNIX paths have no such thing: duplicate the one listener instead. IPv6 listeners take
    /// IPv6 only, so "[::]:80" and "0.0.0.0:80" can both be opened. UNIX files get mode 0600.
    public static func listen(
        _ address: SocketAddress, reusePort: Bool, backlog: Int32 = 4096
    ) throws(SystemError) -> FileDescriptor {
        func check(_ call: StaticString, _ result: Int32) throws(SystemError) {
            if result >= 0 { return }
            throw SystemError(call: call, errno: -result, subject: address.description)
        }
        let number = clinux_stream_socket(address.familyNumber)
        try check("socket", number)
        let socket = FileDescriptor(owning: number)
        if address.isTCP {
            try check("set SO_REUSEADDR", clinux_set_reuse_address(number))
            if reusePort { try check("set SO_REUSEPORT", clinux_set_reuse_port(number)) }
            // Accepted connections inherit it: one system call fewer for each of them.
            try check("set TCP_NODELAY", clinux_set_no_delay(number))
        } else {
            // The mode of the file that bind will make, without a moment of wider access.
            try check("chmod", clinux_mode_private(number))
            removeStaleFile(address)
        }
        if address.endpoint.family == .v6 {
            try check("set IPV6_V6ONLY", clinux_set_v6_only(number))
        }
        var kernel = address.kernelAddress
        try check("bind", unsafe clinux_bind(number, &kernel))
        try check("listen", clinux_listen(number, backlog))
        return socket
    }

    /// Starts a non-blocking connect with TCP_NODELAY. For UNIX sockets, EAGAIN means that the
    /// server's queue is full.
    public static func startConnect(_ address: SocketAddress) -> ConnectResult {
        let number = clinux_stream_socket(address.familyNumber)
        if number < 0 { return .failed(-number) }
        if address.isTCP { _ = clinux_set_no_delay(number) }
        var kernel = address.kernelAddress
        // EINTR: the connect goes on in the background, exactly as with EINPROGRESS.
        switch unsafe clinux_connect(number, &kernel) {
        case 0: return .connected(number)
        case -EINPROGRESS, -EINTR: return .inProgress(number)
        case let result:
            _ = clinux_close(number)
            return .failed(-result)
        }
    }

    /// A UDP (or UNIX datagram) socket that sends to one address; errors of earlier datagrams
    /// (ECONNREFUSED) come back at the next send.
    public static func udpConnected(
        _ address: SocketAddress
    ) throws(SystemError) -> FileDescriptor {
        let number = clinux_datagram_socket(address.familyNumber)
        if number < 0 {
            throw SystemError(call: "socket", errno: -number, subject: address.description)
        }
        let socket = FileDescriptor(owning: number)
        if address.isTCP { _ = clinux_set_path_mtu_discovery(number, address.familyNumber) }
        var kernel = address.kernelAddress
        let result = unsafe clinux_connect(number, &kernel)
        if result < 0 {
            throw SystemError(call: "connect", errno: -result, subject: address.description)
        }
        return socket
    }

    /// What a socket is bound to, with the port that the kernel chose; nil when it is no socket.
    public static func localAddress(_ fd: Int32) -> SocketAddress? {
        var kernel = clinux_address()
        guard unsafe clinux_local_address(fd, &kernel) >= 0 else { return nil }
        return SocketAddress(kernel: kernel)
    }

    /// Bytes of the largest IP packet the path takes without fragments, headers included; nil for
    /// sockets that are not connected over IP.
    public static func pathMTU(_ fd: Int32) -> Int? {
        guard let local = localAddress(fd), local.isTCP else { return nil }
        let result = clinux_path_mtu(fd, local.familyNumber)
        return result > 0 ? Int(result) : nil
    }

    /// Removes the file of a server that has died. Whoever still listens there answers the
    /// connect (EAGAIN when its queue is full) and keeps the file, so that bind then reports
    /// EADDRINUSE; a file that is no socket is never touched.
    private static func removeStaleFile(_ address: SocketAddress) {
        guard let path = address.path, unsafe clinux_is_socket_file(path) != 0 else { return }
        switch startConnect(address) {
        case .connected(let fd), .inProgress(let fd): _ = clinux_close(fd)
        case .failed(ECONNREFUSED): _ = unsafe clinux_unlink(path)
        case .failed: return
        }
    }
}
