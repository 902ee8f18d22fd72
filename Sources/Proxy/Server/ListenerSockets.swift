// Listening sockets, one per worker and listener, all made by main before the workers exist (so
// that a hot restart can hand over each of them). TCP: SO_REUSEPORT, and the kernel spreads
// connections. UNIX paths know no SO_REUSEPORT: one socket, duplicated. Main thread, at start-up.

import EventLoop
import Glibc

/// Sockets that wait for their workers; plain numbers, since the workers will own and close them.
struct ListenerSockets {
    /// The listeners with the ports the kernel chose.
    private(set) var listeners: [ListenerConfig] = []
    /// By worker, then by listener.
    private(set) var descriptors: [[Int32]]

    init(_ listeners: [ListenerConfig], workers: Int) throws(SystemError) {
        descriptors = Array(repeating: [], count: workers)
        for listener in listeners {
            try open(listener, workers: workers)
        }
    }

    private mutating func open(_ listener: ListenerConfig, workers: Int) throws(SystemError) {
        let isTCP = listener.address.path == nil
        if isTCP && listener.address.port != 0 { try Self.checkFree(listener.address) }
        let first = try Sockets.listen(listener.address, reusePort: isTCP)
        var real = listener
        if isTCP { real.address = Sockets.localAddress(first.rawValue) ?? listener.address }
        for worker in 1..<max(1, workers) {
            let more =
                isTCP ? try Sockets.listen(real.address, reusePort: true) : try first.duplicate()
            descriptors[worker].append(more.release())
        }
        descriptors[0].append(first.release())
        listeners.append(real)
    }

    /// SO_REUSEPORT would let a second weir of the same user share the port without a word, each
    /// getting half of the connections: so the port is first taken without it, and given back.
    private static func checkFree(_ address: SocketAddress) throws(SystemError) {
        let probe = try Sockets.listen(address, reusePort: false, backlog: 1)
        _ = consume probe
    }

    /// What to tell a person whose address cannot be had.
    static func complaint(_ error: SystemError, flag: String) -> String {
        let hint =
            switch error.errno {
            case EADDRINUSE: "another program holds the port; choose another with \(flag)"
            case EADDRNOTAVAIL: "no interface of this machine has that address"
            case EACCES: "ports below 1024 need root, UNIX sockets a writable folder"
            case EMFILE: "raise the limit of open files: ulimit -n"
            default: "choose another with \(flag)"
            }
        return "cannot listen on \(error.subject): \(SystemError.text(error.errno)) (\(hint))"
    }
}
