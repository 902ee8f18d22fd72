// Where to listen or connect: IPv4, IPv6 or a UNIX socket path; numeric only, no DNS. The IP part
// is an `IPEndpoint`, so an accepted connection's address costs no allocation. Conversions to and
// from the kernel's sockaddr happen here and nowhere else. Parsing: SocketAddress+Parse.
// A value; any thread.
internal import CLinux

/// An address of a stream or datagram socket.
public struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// IP address and port; `.none` for a UNIX socket.
    public let endpoint: IPEndpoint
    /// The path of a UNIX socket, at most 107 bytes; empty for an unnamed peer; nil for IP.
    public let path: String?

    public init(_ endpoint: IPEndpoint) {
        self.endpoint = endpoint
        path = nil
    }

    /// A UNIX socket; the path is at most 107 bytes without NUL.
    public init(unixPath: String) {
        precondition(unixPath.utf8.count <= Self.pathBytesMax, "BUG: UNIX socket path too long")
        endpoint = .none
        path = unixPath
    }

    /// What `sun_path` holds besides its NUL.
    public static let pathBytesMax = 107

    /// The IP address without port or brackets; nil for a UNIX socket.
    public var ipText: String? { endpoint.ipText }

    /// 0 ... 65535; nil for a UNIX socket.
    public var port: UInt16? { endpoint.isNone ? nil : endpoint.port }

    /// "127.0.0.1:80", "[::1]:80" or "unix:/path": what `parse` takes.
    public var description: String {
        if let path { return "unix:\(path)" }
        let text = endpoint.ipText ?? ""
        return endpoint.family == .v6 ? "[\(text)]:\(endpoint.port)" : "\(text):\(endpoint.port)"
    }

    /// Writes the IP address as `IPEndpoint.writeIP` does; 0 for a UNIX socket.
    public func writeIP(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        unsafe endpoint.writeIP(into: buffer)
    }

    var isTCP: Bool { path == nil }

    /// AF_INET, AF_INET6 or AF_UNIX.
    var familyNumber: Int32 {
        switch endpoint.family {
        case .none: AF_UNIX
        case .v4: AF_INET
        case .v6: AF_INET6
        }
    }

    /// What the kernel said about a socket's peer or own address.
    init(kernel address: borrowing clinux_address) {
        let copy = copy address
        let found = unsafe withUnsafePointer(to: copy) { pointer -> (IPEndpoint, String?) in
            let port = unsafe clinux_address_port(pointer)
            switch unsafe clinux_address_family(pointer) {
            case AF_INET:
                return (IPEndpoint(v4: unsafe clinux_address_ip4(pointer), port: port), nil)
            case AF_INET6:
                let high = unsafe clinux_address_ip6(pointer, 0)
                let low = unsafe clinux_address_ip6(pointer, 1)
                return (IPEndpoint(family: .v6, high: high, low: low, port: port), nil)
            default:
                return (.none, unsafe String(cString: clinux_address_path(pointer)))
            }
        }
        endpoint = found.0
        path = found.1
    }

    /// The kernel's form.
    var kernelAddress: clinux_address {
        var address = clinux_address()
        switch endpoint.family {
        case .v4:
            unsafe clinux_address_v4(
                &address, UInt32(truncatingIfNeeded: endpoint.low), endpoint.port)
        case .v6: unsafe clinux_address_v6(&address, endpoint.high, endpoint.low, endpoint.port)
        case .none:
            let path = path ?? ""
            unsafe path.withCString {
                unsafe clinux_address_local(&address, $0, path.utf8.count)
            }
        }
        return address
    }
}
