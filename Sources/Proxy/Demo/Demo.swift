// The demo: a small origin and light traffic inside the process, so that one command shows a proxy
// with numbers that move. The origin listens on a free loopback port; both are ordinary network
// peers of the proxy and share nothing with it. Their threads end with the process. Main thread.

import EventLoop

/// Starts a named thread with the process's bookkeeping.
typealias ThreadSpawner = (String, @escaping @Sendable () -> Void) throws(SystemError) -> Thread

enum Demo {
    /// Starts the origin; its address.
    static func startOrigin(spawn: ThreadSpawner) throws(SystemError) -> SocketAddress {
        let any = SocketAddress(IPEndpoint(v4: 0x7F00_0001, port: 0))
        let listener = try Sockets.listen(any, reusePort: false)
        guard let address = Sockets.localAddress(listener.rawValue) else {
            throw SystemError(call: "getsockname", errno: 9, subject: "the demo's origin")
        }
        let descriptor = listener.release()
        _ = try spawn("demo:origin") { DemoOrigin.serve(listener: descriptor) }
        return address
    }

    /// Starts the traffic to a listener of the proxy.
    static func startTraffic(
        to address: SocketAddress, spawn: ThreadSpawner
    ) throws(SystemError) {
        _ = try spawn("demo:client") { DemoClient.run(address) }
    }
}
