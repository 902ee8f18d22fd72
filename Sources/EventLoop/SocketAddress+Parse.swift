// Text to SocketAddress, strictly: exactly the forms that `description` writes, plus "localhost"
// for 127.0.0.1. No names, no defaults, no guessing; a refusal names the text, what is wrong with
// it and how it should look, since it goes to a person as it is. Start-up and config; any thread.
internal import CLinux

/// Why a text is no address.
public struct AddressError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The refused text.
    public let text: String
    /// What is wrong with it.
    public let problem: String
    /// A right form, near to what was meant.
    public let example: String

    /// `"*:80" names no IP address; write 0.0.0.0:80`.
    public var description: String { "\"\(text)\" \(problem); write \(example)" }
}

extension SocketAddress {
    /// Takes "127.0.0.1:80", "[::1]:80", "unix:/path" and "localhost:80" (as 127.0.0.1, never
    /// ::1, so that it means one socket). Ports are 0 ... 65535 without leading zeros; 0 lets the
    /// kernel choose when listening.
    public static func parse(_ text: String) -> Result<SocketAddress, AddressError> {
        do throws(AddressError) {
            return .success(try address(text))
        } catch {
            return .failure(error)
        }
    }

    private static func address(_ text: String) throws(AddressError) -> SocketAddress {
        func refuse(_ problem: String, _ example: String) -> AddressError {
            AddressError(text: text, problem: problem, example: example)
        }
        if text.isEmpty { throw refuse("is empty", "127.0.0.1:80") }
        if text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) && !text.hasPrefix("unix:") {
            throw refuse("has a space or control character", "127.0.0.1:80")
        }
        if text.hasPrefix("unix:") { return try local(text, String(text.dropFirst(5))) }
        if text.contains("://") {
            throw refuse("is a URL, not an address", "127.0.0.1:80")
        }
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else {
                throw refuse("has no closing bracket", "[::1]:80")
            }
            let inside = String(text[text.index(after: text.startIndex)..<close])
            let rest = text[text.index(after: close)...]
            guard rest.hasPrefix(":") else { throw refuse("has no port", "[\(inside)]:80") }
            guard let halves = numericV6(inside) else {
                throw refuse("has no IPv6 address in its brackets", "[::1]:80")
            }
            guard let port = portNumber(rest.dropFirst()) else {
                throw refuse("has no port from 0 to 65535 after its colon", "[\(inside)]:80")
            }
            let v6 = IPEndpoint(family: .v6, high: halves.high, low: halves.low, port: port)
            return SocketAddress(v6)
        }
        guard let colon = text.lastIndex(of: ":") else {
            let host = numericV4(text) == nil ? "127.0.0.1" : text
            throw refuse(
                "has no port", portNumber(text[...]) == nil ? "\(host):80" : "\(host):\(text)")
        }
        let host = String(text[..<colon])
        let portText = text[text.index(after: colon)...]
        if host.contains(":") {
            // "::1:80" may mean either; with a port at its end it is the likelier one.
            let split = numericV6(host) != nil && portNumber(portText) != nil
            let example = split ? "[\(host)]:\(portText)" : "[\(text)]:80"
            throw refuse(
                "has an IPv6 address without brackets",
                numericV6(text) == nil ? "[::1]:80" : example)
        }
        guard let port = portNumber(portText) else {
            let shown = numericV4(host) == nil ? "127.0.0.1" : host
            throw refuse("has no port from 0 to 65535 after its colon", "\(shown):80")
        }
        if host.isEmpty || host == "*" {
            throw refuse("names no IP address", "0.0.0.0:\(port) or [::]:\(port)")
        }
        if host == "localhost" { return SocketAddress(IPEndpoint(v4: 0x7F00_0001, port: port)) }
        guard let address = numericV4(host) else {
            throw refuse("needs a numeric address: names are not looked up", "127.0.0.1:\(port)")
        }
        return SocketAddress(IPEndpoint(v4: address, port: port))
    }

    private static func local(
        _ text: String, _ path: String
    ) throws(AddressError) -> SocketAddress {
        func refuse(_ problem: String) -> AddressError {
            AddressError(text: text, problem: problem, example: "unix:/run/weir.sock")
        }
        guard path.hasPrefix("/") else { throw refuse("needs an absolute path") }
        if path.utf8.contains(0) { throw refuse("has a NUL in its path") }
        if path.utf8.count > pathBytesMax {
            throw refuse(
                "has a path of \(path.utf8.count) bytes, the kernel takes \(pathBytesMax)")
        }
        return SocketAddress(unixPath: path)
    }

    private static func portNumber(_ text: Substring) -> UInt16? {
        guard (1...5).contains(text.utf8.count), text == "0" || text.utf8.first != 0x30 else {
            return nil
        }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return UInt16(text)
    }

    private static func numericV4(_ text: String) -> UInt32? {
        var address = in_addr()
        guard unsafe inet_pton(AF_INET, text, &address) == 1 else { return nil }
        return UInt32(bigEndian: address.s_addr)
    }

    private static func numericV6(_ text: String) -> (high: UInt64, low: UInt64)? {
        var kernel = clinux_address()
        guard unsafe inet_pton(AF_INET6, text, &kernel.v6.sin6_addr) == 1 else { return nil }
        return unsafe (clinux_address_ip6(&kernel, 0), clinux_address_ip6(&kernel, 1))
    }
}
