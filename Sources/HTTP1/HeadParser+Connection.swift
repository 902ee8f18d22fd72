// Connection: its options, and the fields that it nominates for this hop only (RFC 9110 section
// 7.6.1). Nominated fields are dropped when the whole head is known. Nominating a field that
// frames, routes or identifies is refused; nominating one that is hop-by-hop anyway is harmless
// (Connection: Transfer-Encoding is sent by real origins) and changes nothing.

extension HeadParser {
    static func noteOptions(
        _ cursor: ByteCursor, _ start: Int, _ end: Int, _ state: inout HeadState
    ) -> HeadRefusal? {
        var list = ListCursor(start, end)
        while let item = list.next(cursor) {
            state.optionCount &+= 1
            if state.optionCount > HeadState.optionsMax { return .connectionInvalid }
            switch option(cursor, item) {
            case .keepAlive: state.hasKeepAlive = true
            case .close: state.hasClose = true
            case .upgrade: state.hasUpgrade = true
            case .field:
                for index in item.start..<item.end where !ByteClass.isToken(cursor[index]) {
                    return .connectionInvalid
                }
                state.hasNominations = true
            }
        }
        return nil
    }

    private enum Option {
        case close
        case keepAlive
        case upgrade
        case field
    }

    private static func option(_ cursor: ByteCursor, _ item: ListItem) -> Option {
        switch item.end &- item.start {
        case 5 where cursor.matches("close", item.start, item.end): .close
        case 7 where cursor.matches("upgrade", item.start, item.end): .upgrade
        case 10 where cursor.matches("keep-alive", item.start, item.end): .keepAlive
        default: .field
        }
    }

    /// Drops what Connection names: at most 32 names against at most `limits.fields` lines.
    @inline(never)
    func dropNominated(_ cursor: ByteCursor) -> HeadRefusal? {
        for index in 0..<fieldCount where unsafe fields[index].known == .connection {
            var list = unsafe ListCursor(
                Int(fields[index].valueStart), Int(fields[index].valueEnd))
            while let item = list.next(cursor) {
                if Self.option(cursor, item) != .field { continue }
                let known = names.find(cursor, item.start, item.end &- item.start)
                if known.isProtectedFromConnection { return .connectionProtected }
                if known == .other {
                    dropOthers(cursor, item)
                } else if known != .te {
                    dropAll(known)
                }
            }
        }
        return nil
    }

    private func dropOthers(_ cursor: ByteCursor, _ item: ListItem) {
        let length = item.end &- item.start
        for index in 0..<fieldCount where unsafe fields[index].known == .other {
            let start = unsafe Int(fields[index].lineStart)
            if unsafe Int(fields[index].nameEnd) &- start != length { continue }
            var offset = 0
            while offset < length
                && Self.lowercased(cursor[start &+ offset])
                    == Self.lowercased(cursor[item.start &+ offset])
            {
                offset &+= 1
            }
            if offset == length { unsafe fields[index].dropped = true }
        }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }
}
