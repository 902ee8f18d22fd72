// Against DNS rebinding: a web page must not read the admin of the machine it is shown on, by a
// name of its own that resolves to 127.0.0.1. A loopback admin therefore answers only to an IP
// literal or localhost in Host; other listeners are reached by names on purpose. Main thread.

import EventLoop

enum HostCheck {
    /// True when `host` (the Host field's value) is no name but localhost.
    static func isLiteral(_ host: String) -> Bool {
        let name = withoutPort(host)
        if name == "localhost" || name.hasSuffix(".localhost") { return true }
        guard case .success(let address) = SocketAddress.parse("\(name):1") else { return false }
        return address.ipText != nil
    }

    /// True for 127.0.0.0/8 and ::1.
    static func isLoopback(_ address: SocketAddress) -> Bool {
        guard let ip = address.ipText else { return false }
        return ip.hasPrefix("127.") || ip == "::1"
    }

    private static func withoutPort(_ host: String) -> String {
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return host }
            return String(host[...end])
        }
        return String(host.prefix { $0 != ":" })
    }
}
