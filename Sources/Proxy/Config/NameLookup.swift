// Host names of the command line, looked up once, before any loop runs: the one place where the
// process may wait for DNS. Numeric addresses never get here as far as getaddrinfo. A name stands
// for its first IPv4 address, or else its first IPv6 one: `localhost` names both, and most local
// services listen on the former only. Main thread, at start-up.

import EventLoop
import Glibc

/// Addresses that may hold a name instead of a number.
enum NameLookup {
    /// "IP:PORT", "[IPv6]:PORT", "unix:/path" or "NAME:PORT" as an address; the failure is the
    /// rest of a sentence that starts with flag and value.
    static func address(_ text: String) -> Result<SocketAddress, LookupFailure> {
        let refusal: AddressError
        switch SocketAddress.parse(text) {
        case .success(let address): return .success(address)
        case .failure(let error): refusal = error
        }
        guard let (name, port) = nameAndPort(text) else {
            return .failure(
                LookupFailure("\(refusal.problem); write \(refusal.example)", .isNoAddress))
        }
        let found = lookUp(name)
        if let failure = found.failure { return .failure(failure) }
        let ip = found.ipTexts.first { !$0.utf8.contains(UInt8(ascii: ":")) } ?? found.ipTexts.first
        guard let ip else { return .failure(LookupFailure("has no IP address")) }
        let host = ip.utf8.contains(UInt8(ascii: ":")) ? "[\(ip)]" : ip
        guard case .success(let address) = SocketAddress.parse("\(host):\(port)") else {
            return .failure(LookupFailure("stands for \(ip), which is not usable here"))
        }
        return .success(address)
    }

    /// A host name of RFC 1123 with at least one letter, and a port; nil for anything else, so
    /// that a mistyped IP address is not asked of DNS.
    static func nameAndPort(_ text: String) -> (name: String, port: UInt16)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let name = text[..<colon]
        let digits = text[text.index(after: colon)...]
        guard let port = UInt16(digits), digits.first != "+", (1...253).contains(name.utf8.count)
        else { return nil }
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
        let hasLetter = name.utf8.contains { $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A }
        return isName && hasLetter ? (String(name), port) : nil
    }

    private static func lookUp(_ name: String) -> (ipTexts: [String], failure: LookupFailure?) {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let result = unsafe getaddrinfo(name, nil, &hints, &list)
        guard result == 0 else {
            let reason = unsafe String(cString: gai_strerror(result))
            return ([], LookupFailure("names a host that cannot be found: \(reason)"))
        }
        defer { unsafe freeaddrinfo(list) }
        var texts: [String] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let text = unsafe numericText(entry.pointee) { texts.append(text) }
            unsafe next = entry.pointee.ai_next
        }
        return (texts, nil)
    }

    private static func numericText(_ entry: addrinfo) -> String? {
        let room = 64
        let text = unsafe String(unsafeUninitializedCapacity: room) { buffer -> Int in
            unsafe buffer.withMemoryRebound(to: CChar.self) { chars -> Int in
                let result = unsafe getnameinfo(
                    entry.ai_addr, entry.ai_addrlen, chars.baseAddress, socklen_t(room), nil, 0,
                    NI_NUMERICHOST)
                return unsafe result == 0 ? strlen(chars.baseAddress!) : 0
            }
        }
        return text.isEmpty ? nil : text
    }
}

/// Why a name gave no address: the end of a sentence.
struct LookupFailure: Error, Equatable {
    /// Whose fault it is: of the text, or of the name service, which may know better later.
    enum Kind: Equatable { case isNoAddress, isNotFound }

    let problem: String
    let kind: Kind

    init(_ problem: String, _ kind: Kind = .isNotFound) {
        self.problem = problem
        self.kind = kind
    }
}
