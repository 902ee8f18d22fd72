// host [ ":" port ], as in Host and in absolute-form targets (RFC 9110 section 7.2, RFC 3986
// section 3.2). An empty host is refused: an http URI must have one (RFC 9110 section 4.2.1).
// Pure: looks at lent bytes, keeps nothing, on whichever thread parses.

enum Authority {
    /// No userinfo, a host of at least one byte, a port of at most 65535 or none or an empty one.
    @inline(__always)
    static func isValid(_ cursor: ByteCursor, _ start: Int, _ end: Int) -> Bool {
        var position = start
        if cursor[start] == UInt8(ascii: "[") {
            position = literalEnd(cursor, start, end)
        } else {
            while position < end {
                let byte = cursor[position]
                if ByteClass.of(byte) & ByteClass.hostName != 0 {
                    position &+= 1
                } else if byte == UInt8(ascii: "%") && isEscape(cursor, position) {
                    position &+= 3
                } else {
                    break
                }
            }
        }
        if position == start || position > end { return false }
        if position == end { return true }
        return cursor[position] == UInt8(ascii: ":") && isPort(cursor, position &+ 1, end)
    }

    private static func isEscape(_ cursor: ByteCursor, _ position: Int) -> Bool {
        ByteClass.of(cursor[position + 1]) & ByteClass.of(cursor[position + 2]) & ByteClass.hex
            != 0
    }

    @inline(__always)
    private static func isPort(_ cursor: ByteCursor, _ start: Int, _ end: Int) -> Bool {
        if end &- start > 5 { return false }
        var port = 0
        for index in start..<end {
            let digit = cursor[index] &- UInt8(ascii: "0")
            if digit > 9 { return false }
            port = port &* 10 &+ Int(digit)
        }
        return port <= 65_535
    }

    /// After the bracket that ends an IPv6 literal; `start` when it is not one. Other literals
    /// (IPvFuture, zones) are refused. The shape of the address is for whoever resolves it.
    @inline(never)
    private static func literalEnd(_ cursor: ByteCursor, _ start: Int, _ end: Int) -> Int {
        var position = start + 1
        var colons = 0
        while position < end && cursor[position] != UInt8(ascii: "]") {
            let byte = cursor[position]
            if byte == UInt8(ascii: ":") {
                colons += 1
            } else if ByteClass.of(byte) & ByteClass.hex == 0 && byte != UInt8(ascii: ".") {
                return start
            }
            position += 1
        }
        return position < end && colons >= 2 && colons <= 7 ? position + 1 : start
    }
}
