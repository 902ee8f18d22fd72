// A regular expression of a query: RE2 syntax, `.` matches newlines, the whole text must match.
// Shapes that dashboards write most (`a|b|c`, `name.*`, `.+`) are answered without the automaton.
// Immutable, and RE2 objects may be used by several threads at a time. Copies no text to match it.
// Decision: docs/decisions/0007-regular-expressions-by-re2.md

import CRE2

@safe
final class RegularExpression: @unchecked Sendable {
    /// Program and automata of one pattern; RE2 falls back to a slower way at the border of it.
    static let memoryBytesMax = 8 << 20

    /// Pattern shapes with an answer of their own.
    private enum Shape {
        case literals(LiteralSet)
        /// `prefix.*`, or `prefix.+` when something must follow.
        case prefix([UInt8], needsMore: Bool)
        case general
    }

    // Sendable unchecked: the pointer is written here once, and the object behind it is never
    // changed by a match.
    private let compiled: OpaquePointer
    private let shape: Shape
    private let groupNames: [String?]

    /// Throws when `pattern` is no regular expression, or too large; `offset` is its place in the
    /// query.
    init(_ pattern: String, at offset: Int) throws(QueryError) {
        var candidate = unsafe Self.compile(pattern)
        if unsafe cre2_error(candidate) != nil, let other = Self.withOldGroupNames(pattern) {
            unsafe cre2_free(candidate)
            unsafe candidate = Self.compile(other)
        }
        if let words = unsafe cre2_error(candidate) {
            let text = unsafe String(cString: words)
            unsafe cre2_free(candidate)
            throw QueryError("error parsing regexp: \(text)", at: offset)
        }
        unsafe compiled = candidate
        shape = Self.shape(of: pattern)
        var names: [String?] = [nil]
        let count = unsafe cre2_groups(candidate)
        while names.count <= count {
            let name = unsafe cre2_group_name(candidate, names.count)
            names.append(unsafe name.map { unsafe String(cString: $0) })
        }
        groupNames = names
    }

    deinit {
        unsafe cre2_free(compiled)
    }

    /// Whether the whole of `text` matches. Linear in its length.
    func matches(_ text: String) -> Bool {
        switch shape {
        case .literals(let set): return set.contains(text)
        case .prefix(let prefix, let needsMore):
            let bytes = text.utf8
            return bytes.count >= prefix.count + (needsMore ? 1 : 0) && bytes.starts(with: prefix)
        case .general:
            return unsafe Self.withBytes(of: text) { start, count in
                unsafe cre2_matches(compiled, start, count)
            }
        }
    }

    /// `template` with `$1`, `${1}`, `$name`, `${name}` replaced by the match's groups and `$$` by
    /// `$`, as Go's regexp expands; nil when `text` does not match as a whole. Of an expansion
    /// longer than `bytesMax` there may be less, but always more than that.
    func expand(template: String, in text: String, bytesMax: Int) -> String? {
        let count = groupNames.count
        var ranges = [cre2_range](
            repeating: cre2_range(start: -1, end: -1), count: count)
        let isMatch = unsafe Self.withBytes(of: text) { start, length in
            unsafe cre2_capture(compiled, start, length, &ranges, count)
        }
        guard isMatch else { return nil }
        let bytes = Array(text.utf8)
        let groups = ranges.map { range in
            range.start < 0 ? [] : Array(bytes[range.start..<range.end])
        }
        let expansion = TemplateExpansion(
            names: groupNames, groups: groups, bytesMax: bytesMax)
        return String(decoding: expansion.expand(Array(template.utf8)), as: UTF8.self)
    }

    private static func compile(_ pattern: String) -> OpaquePointer {
        unsafe withBytes(of: pattern) { start, count in
            guard let compiled = unsafe cre2_compile(start, count, memoryBytesMax) else {
                preconditionFailure("BUG: RE2 gives an object for every pattern")
            }
            return unsafe compiled
        }
    }

    /// `(?<name>` as `(?P<name>`: Go knows both, RE2 before 2023 only the second. Asked after a
    /// failure only, so a pattern that means these characters literally never comes here.
    private static func withOldGroupNames(_ pattern: String) -> String? {
        var result: [UInt8] = []
        let bytes = Array(pattern.utf8)
        let opening = Array("(?<".utf8)
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count {
                result += bytes[index...(index + 1)]
                index += 2
            } else if bytes[index...].starts(with: opening) {
                result += "(?P<".utf8
                index += opening.count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result.count == bytes.count ? nil : String(decoding: result, as: UTF8.self)
    }

    private static func shape(of pattern: String) -> Shape {
        let bytes = Array(pattern.utf8)
        for (ending, needsMore) in [(".*", false), (".+", true)] where pattern.hasSuffix(ending) {
            let prefix = bytes.dropLast(2)
            if !prefix.contains(where: isSpecial) {
                return .prefix(Array(prefix), needsMore: needsMore)
            }
        }
        var inner = bytes[...]
        if inner.first == UInt8(ascii: "("), inner.last == UInt8(ascii: ")"), inner.count > 1 {
            inner = inner.dropFirst().dropLast()
        }
        let bar = UInt8(ascii: "|")
        if inner.contains(where: { $0 != bar && isSpecial($0) }) { return .general }
        let literals = inner.split(separator: bar, omittingEmptySubsequences: false)
        return .literals(LiteralSet(literals.map { String(decoding: $0, as: UTF8.self) }))
    }

    private static let specialBytes = Array("\\.+*?()|[]{}^$".utf8)

    private static func isSpecial(_ byte: UInt8) -> Bool {
        specialBytes.contains(byte)
    }

    private static func withBytes<Result>(
        of text: String, _ body: (UnsafePointer<CChar>?, Int) -> Result
    ) -> Result {
        var text = text
        return text.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
                unsafe body(characters.baseAddress, characters.count)
            }
        }
    }
}
