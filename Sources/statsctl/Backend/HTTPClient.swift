// A small blocking HTTP/1.1 client: one connection, kept open, one request at a time, with
// deadlines for connecting and for silence. A request on a kept connection that the server has
// closed goes out once more on a new one; nothing else is tried twice. Bodies are bounded. RFC
// 9110, 9112. One thread.

import Glibc

struct HTTPReply {
    var status: Int
    var body: [UInt8]
}

final class HTTPClient {
    private let address: ServerAddress
    private let timeoutSeconds: Int
    private var fd: Int32 = -1
    /// Received and not yet taken.
    private var buffer: [UInt8] = []

    static let bodyBytesMax = 1 << 30

    init(_ address: ServerAddress, timeoutSeconds: Int = 30) {
        self.address = address
        self.timeoutSeconds = timeoutSeconds
    }

    deinit {
        if fd >= 0 { close(fd) }
    }

    func get(_ path: String) throws(Failure) -> HTTPReply {
        try exchange("GET \(address.prefix)\(path) HTTP/1.1\r\n", body: "")
    }

    /// `application/x-www-form-urlencoded`.
    func post(_ path: String, form: [(String, String)]) throws(Failure) -> HTTPReply {
        let body = Self.encoded(form)
        return try exchange("POST \(address.prefix)\(path) HTTP/1.1\r\n", body: body)
    }

    static func encoded(_ form: [(String, String)]) -> String {
        form.map { escaped($0.0) + "=" + escaped($0.1) }.joined(separator: "&")
    }

    /// Unreserved characters of RFC 3986 stay; every other byte is percent-encoded.
    static func escaped(_ text: String) -> String {
        let hex = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(byte)
            default: bytes += [0x25, hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: one exchange

    private func exchange(_ line: String, body: String) throws(Failure) -> HTTPReply {
        var head = line + "Host: \(address.authority)\r\nUser-Agent: statsctl\r\n"
        head += "Accept: application/json\r\n"
        if !body.isEmpty {
            head += "Content-Type: application/x-www-form-urlencoded\r\n"
            head += "Content-Length: \(body.utf8.count)\r\n"
        }
        let request = Array((head + "\r\n" + body).utf8)
        let isKept = fd >= 0
        if !isKept { try connect() }
        if send(request), let reply = try reply() { return reply }
        // The server closed a kept connection between two requests.
        guard isKept else { throw trouble("the server closed the connection without an answer") }
        try connect()
        guard send(request), let reply = try reply() else {
            throw trouble("the server closed the connection without an answer")
        }
        return reply
    }

    /// nil when the connection ended before the first byte.
    private func reply() throws(Failure) -> HTTPReply? {
        guard let first = try lineOfHead() else { return nil }
        let parts = first.split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), let status = Int(parts[1]) else {
            throw trouble("the answer is not HTTP")
        }
        var fields: [String: String] = [:]
        while true {
            guard let line = try lineOfHead() else { throw trouble("the answer ended in its head") }
            if line.isEmpty { break }
            guard let colon = line.firstIndex(of: ":") else { throw trouble("a malformed head") }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            fields[line[..<colon].lowercased()] = String(value)
        }
        if (100...199).contains(status) { return try reply() }
        let body: [UInt8]
        var closes = fields["connection"]?.lowercased() == "close" || parts[0] == "HTTP/1.0"
        if fields["transfer-encoding"]?.lowercased() == "chunked" {
            body = try chunkedBody()
        } else if let length = fields["content-length"] {
            guard let count = Int(length), count >= 0 else { throw trouble("a malformed length") }
            body = try take(count)
        } else {
            body = status == 204 || status == 304 ? [] : try untilTheEnd()
            closes = true
        }
        if closes { disconnect() }
        return HTTPReply(status: status, body: body)
    }

    private func chunkedBody() throws(Failure) -> [UInt8] {
        var body: [UInt8] = []
        while true {
            guard let line = try lineOfHead(),
                let count = Int(line.prefix { $0 != ";" && $0 != " " }, radix: 16), count >= 0
            else { throw trouble("a malformed chunk") }
            if count == 0 { break }
            guard body.count + count <= Self.bodyBytesMax else { throw tooLarge }
            body += try take(count)
            guard try lineOfHead() == "" else { throw trouble("a malformed chunk") }
        }
        while let line = try lineOfHead(), !line.isEmpty {}
        return body
    }

    // MARK: bytes

    private var tooLarge: Failure { trouble("an answer above 1 GiB: ask for less") }

    private func take(_ count: Int) throws(Failure) -> [UInt8] {
        guard count <= Self.bodyBytesMax else { throw tooLarge }
        while buffer.count < count {
            guard try receive() else { throw trouble("the answer ended too early") }
        }
        let taken = Array(buffer[..<count])
        buffer.removeFirst(count)
        return taken
    }

    private func untilTheEnd() throws(Failure) -> [UInt8] {
        while try receive() {
            guard buffer.count <= Self.bodyBytesMax else { throw tooLarge }
        }
        defer { buffer = [] }
        return buffer
    }

    /// Without its line end; nil when the connection ended before its first byte.
    private func lineOfHead() throws(Failure) -> String? {
        var from = 0
        while true {
            if let end = buffer[from...].firstIndex(of: UInt8(ascii: "\n")) {
                var line = buffer[..<end]
                if line.last == UInt8(ascii: "\r") { line.removeLast() }
                let text = String(decoding: line, as: UTF8.self)
                buffer.removeFirst(end + 1)
                return text
            }
            from = buffer.count
            guard from < 65_536 else { throw trouble("a line of the head is too long") }
            guard try receive() else { return nil }
        }
    }

    /// false at the end of the connection.
    private func receive() throws(Failure) -> Bool {
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe piece.withUnsafeMutableBytes {
                unsafe recv(fd, $0.baseAddress, $0.count, 0)
            }
            let code = errno
            if count > 0 {
                buffer += piece[..<count]
                return true
            }
            if count == 0 || code == ECONNRESET { return false }
            if code == EINTR { continue }
            if code == EAGAIN { throw trouble("no answer within \(timeoutSeconds) s") }
            throw trouble(Self.words(code))
        }
    }

    private func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    // MARK: the connection

    private func disconnect() {
        if fd >= 0 { close(fd) }
        fd = -1
        buffer = []
    }

    private func connect() throws(Failure) {
        disconnect()
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(address.host, address.port, &hints, &list)
        guard code == 0 else {
            throw trouble(unsafe String(cString: gai_strerror(code)) + "; check the host name")
        }
        defer { unsafe freeaddrinfo(list) }
        var reason: Int32 = 0
        var entry = unsafe list
        while let candidate = unsafe entry {
            reason = unsafe open(candidate.pointee)
            if reason == 0 { return }
            unsafe entry = candidate.pointee.ai_next
        }
        throw trouble(Self.words(reason) + "; is the server running, and is this its port?")
    }

    /// 0, or the errno.
    private func open(_ target: addrinfo) -> Int32 {
        let descriptor = unsafe socket(
            target.ai_family, target.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), target.ai_protocol)
        guard descriptor >= 0 else { return errno }
        let size = socklen_t(MemoryLayout<timeval>.size)
        // The send timeout also bounds connect (socket(7)).
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        limit.tv_sec = timeoutSeconds
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        guard unsafe Glibc.connect(descriptor, target.ai_addr, target.ai_addrlen) == 0 else {
            let code = errno
            close(descriptor)
            return code == EINPROGRESS ? ETIMEDOUT : code
        }
        fd = descriptor
        return 0
    }

    private static func words(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }

    private func trouble(_ text: String) -> Failure { .trouble("\(address.text): \(text)") }
}
