// Random damage: heads and bodies with bytes changed, removed, doubled and spliced. Nothing may
// crash or read past the end (the bytes end at an unreadable page), offsets must be in order, and
// what the parser accepts must obey the rules that matter for smuggling.

import HTTP1
import Testing

@Suite struct MutationTests {
    /// splitmix64: a seed reproduces a run.
    struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    static let spice: [UInt8] =
        Array("\r\n\t :,;\"#\\/[]@%0159aAzZ".utf8) + [0, 1, 0x7F, 0x80, 0xFF]

    static func mutate(_ bytes: [UInt8], _ random: inout Random) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let place = bytes.indices.randomElement(using: &random)!
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[place] = spice.randomElement(using: &random)!
            case 1: bytes.insert(spice.randomElement(using: &random)!, at: place)
            case 2: bytes.remove(at: place)
            case 3: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            default:
                let end = min(bytes.count, place + Int.random(in: 1...40, using: &random))
                bytes.insert(contentsOf: bytes[place..<end], at: place)
            }
        }
        return bytes
    }

    static func check(
        _ parser: borrowing HeadParser, _ bytes: UnsafeRawBufferPointer, _ end: UInt32
    ) {
        var previous: UInt32 = 0
        for index in 0..<parser.fieldCount {
            let field = parser[index]
            precondition(previous <= field.lineStart && field.lineStart < field.nameEnd)
            precondition(field.nameEnd < field.valueStart && field.valueStart <= field.valueEnd)
            precondition(field.valueEnd + 2 <= field.lineEnd && field.lineEnd + 2 <= end)
            precondition(bytes[Int(field.nameEnd)] == UInt8(ascii: ":"))
            precondition(
                bytes[Int(field.lineEnd) - 2] == 0x0D && bytes[Int(field.lineEnd) - 1] == 0x0A)
            for byte in bytes[Int(field.lineStart)..<Int(field.lineEnd) - 2] {
                precondition((byte >= 0x20 && byte != 0x7F) || byte == 0x09)
            }
            previous = field.lineEnd
        }
    }

    @Test func heads() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = Random(state: seed)
        print("MutationTests.heads seed \(seed)")
        let memory = GuardedBytes()
        var parser = HeadParser(limits: HeadLimits())
        let vectors = (RequestTests.accepted + ResponseTests.heads).map { wire($0.0) }
        for _ in 0..<20_000 {
            let bytes = Self.mutate(vectors.randomElement(using: &random)!, &random)
            let view = memory.place(bytes)
            if case .complete(let head) = parser.parseRequest(view) {
                Self.check(parser, view, head.headEnd)
                let hasLength = parser.find(.contentLength) != nil
                let hasCoding = parser.find(.transferEncoding) != nil
                precondition(!(hasLength && hasCoding), "seed \(seed)")
                precondition((head.framing == .chunked) == hasCoding, "seed \(seed)")
                precondition(head.version == .http10 || head.hostField >= 0, "seed \(seed)")
                precondition(head.headEnd <= bytes.count && head.targetStart < head.targetEnd)
                let kept = forwarded(parser, view).lowercased()
                precondition(
                    !kept.contains("|transfer-encoding:") && !kept.contains("|connection:"))
            }
            if case .complete(let head) = parser.parseResponse(view, requestMethod: .get) {
                Self.check(parser, view, head.headEnd)
            }
            if case .complete(let section) = parser.parseTrailers(view) {
                Self.check(parser, view, section.end)
            }
            var scan = HeadScan()
            _ = scan.mayBeComplete(view)
        }
    }

    /// A damaged body decodes alike whole and byte by byte.
    @Test func bodies() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = Random(state: seed)
        print("MutationTests.bodies seed \(seed)")
        let memory = GuardedBytes(capacity: 8_192)
        let vectors = ChunkedTests.bodies.map { wire($0.0) }
        for _ in 0..<10_000 {
            let bytes = Self.mutate(vectors.randomElement(using: &random)!, &random)
            let whole = ChunkedTests.decode([bytes], memory)
            let single = ChunkedTests.decode(bytes.map { [$0] }, memory)
            let isSame =
                single == whole || (whole.hasSuffix("early end") && single.hasSuffix("end"))
            #expect(isSame, "seed \(seed): \(readable(bytes))")
        }
    }
}
