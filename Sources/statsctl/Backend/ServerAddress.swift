// What `--url` names: http://HOST[:PORT][/PREFIX], also with an IPv6 address in brackets, or
// without the scheme. https is refused with the way out: this program has no TLS. A path is kept
// as the prefix under which servers behind a proxy answer. Pure.

struct ServerAddress: Equatable {
    var host: String
    var port: String
    /// "" or "/prefix", without a slash at the end; what comes before /api/v1.
    var prefix: String

    init(_ text: String) throws(Failure) {
        var rest = Substring(text)
        if let scheme = rest.firstRange(of: "://") {
            let name = rest[..<scheme.lowerBound].lowercased()
            if name == "https" { throw .usage(Self.withoutTLS(text)) }
            guard name == "http" else { throw .usage("--url \(text): \(name) is not http") }
            rest = rest[scheme.upperBound...]
        }
        var place = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        var path = String(rest[place.endIndex...].prefix { $0 != "?" && $0 != "#" })
        while path.hasSuffix("/") { path.removeLast() }
        if path.hasSuffix("/api/v1") { path.removeLast("/api/v1".count) }
        guard !place.contains("@") else {
            throw .usage(
                "--url \(text): user names are not supported; use a local proxy that adds them")
        }
        if place.hasPrefix("["), let close = place.firstIndex(of: "]") {
            host = String(place[place.index(after: place.startIndex)..<close])
            place = place[place.index(after: close)...]
        } else {
            host = String(place.prefix { $0 != ":" })
            place = place.dropFirst(host.count)
        }
        port = place.hasPrefix(":") ? String(place.dropFirst()) : "80"
        guard !host.isEmpty, place.isEmpty || place.hasPrefix(":"), let number = UInt16(port),
            number > 0
        else { throw .usage("--url \(text): not http://HOST:PORT") }
        prefix = path
    }

    private static func withoutTLS(_ text: String) -> String {
        "--url \(text): https is not spoken here; go through a local plain port, such as"
            + " `ssh -L 9090:localhost:9090 HOST` or `socat TCP-LISTEN:9090,fork OPENSSL:HOST:443`,"
            + " and use --url http://localhost:9090"
    }

    /// As the Host field says it.
    var authority: String { (host.contains(":") ? "[\(host)]" : host) + ":" + port }

    var text: String { "http://" + authority + prefix }
}
