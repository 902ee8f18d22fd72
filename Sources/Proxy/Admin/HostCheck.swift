// Against web pages that reach for the admin of the machine they are shown on. By DNS rebinding, a
// name of their own that resolves to 127.0.0.1: a loopback admin answers only to an IP literal or
// localhost in Host (other listeners are reached by names on purpose). By a cross-site POST, which
// a browser sends unasked: it says where it comes from (RFC 6454, Fetch Metadata). Main thread.

import EventLoop

enum HostCheck {
    /// True when `host` (the Host field's value) is no name but localhost.
    static func isLiteral(_ host: String) -> Bool {
        let name = withoutPort(host.lowercased())
        if name == "localhost" || name.hasSuffix(".localhost") { return true }
        guard case .success(let address) = SocketAddress.parse("\(name):1") else { return false }
        return address.ipText != nil
    }

    /// Whether a request that changes something was meant by a person or a program: no browser's
    /// word about its origin, or one that names this host.
    static func isOwnOrigin(_ origin: String?, site: String?, host: String?) -> Bool {
        if let site, site != "same-origin" && site != "none" { return false }
        guard let origin else { return true }
        guard let host else { return false }
        return origin.lowercased() == "http://" + host.lowercased()
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
