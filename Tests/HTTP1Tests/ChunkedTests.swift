// The chunk decoder in all splits, compared by payload, and the encoder read back by it.

import HTTP1
import Testing

@Suite struct ChunkedTests {
    static let bodies: [(String, String)] = [
        ("0|", "end"), ("00000|", "end"), ("5|hello|0|", "hello end"),
        ("5|hello|6| world|0|", "hello world end"), ("A|0123456789|0|", "0123456789 end"),
        ("0a|0123456789|0|", "0123456789 end"), ("2|¦¦|0|", "¦¦ end"), ("2|||0|", "| end"),
        ("0000000000000002|ab|0|", "ab end"),
        ("2;x|ab|0;y=z|", "ab end"), ("2 ; x = \"a\\\" ;\t\u{E9}\";y|ab|0|", "ab end"),
        ("2;x=\"\" |ab|0|", "chunk_extension_invalid"), ("2;x =y|ab|0|", "ab end"),
        ("|", "chunk_size_invalid"), ("x|", "chunk_size_invalid"), ("0x5|", "chunk_size_invalid"),
        ("-1|", "chunk_size_invalid"), (" 1|", "chunk_size_invalid"),
        ("1_0|", "chunk_size_invalid"),
        ("00000000000000001|a|0|", "chunk_size_invalid"), (";x|", "chunk_size_invalid"),
        ("2 |ab|0|", "chunk_extension_invalid"), ("2;|ab|0|", "chunk_extension_invalid"),
        ("2;=y|ab|0|", "chunk_extension_invalid"), ("2;x=|ab|0|", "chunk_extension_invalid"),
        ("2;x y|ab|0|", "chunk_extension_invalid"), ("2;x=\"a|\"|ab|0|", "chunk_extension_invalid"),
        ("2;x=\u{0}|ab|0|", "chunk_extension_invalid"), ("2;x\n|ab|", "chunk_line_end_invalid"),
        ("2\n", "chunk_line_end_invalid"), ("2\rab", "chunk_line_end_invalid"),
        ("2|abc|0|", "ab chunk_data_end_invalid"), ("2|ab\n0|", "ab chunk_data_end_invalid"),
        ("2|ab\r\r", "ab chunk_data_end_invalid"),
        ("FFFFFFFFFFFFFFFF|ab", "ab more"), ("7|ab", "ab more"), ("", "more"),
    ]

    /// Feeds the pieces like the proxy does and gathers the payload.
    static func decode(_ pieces: [[UInt8]], _ memory: GuardedBytes) -> String {
        var decoder = ChunkedDecoder()
        var payload: [UInt8] = []
        func said(_ word: String) -> String {
            (payload.isEmpty ? "" : readable(payload) + " ") + word
        }
        for piece in pieces {
            var rest = piece
            while !rest.isEmpty {
                let bytes = memory.place(rest)
                switch decoder.decode(bytes) {
                case .data(let consumed, let range):
                    precondition(!range.isEmpty && consumed >= range.upperBound)
                    payload += bytes[range]
                    rest.removeFirst(consumed)
                case .needMore(let consumed):
                    precondition(consumed == rest.count)
                    rest = []
                case .lastChunk(let consumed):
                    return consumed == rest.count ? said("end") : said("early end")
                case .refused(let reason): return said(reason.label)
                }
            }
        }
        return said("more")
    }

    @Test(arguments: bodies.indices) func decodes(_ index: Int) {
        let (text, expected) = Self.bodies[index]
        let bytes = wire(text)
        let memory = GuardedBytes(capacity: 8_192)
        #expect(Self.decode([bytes], memory) == expected, "\(text)")
        #expect(Self.decode(bytes.map { [$0] }, memory) == expected, "\(text) byte by byte")
        for first in 0...bytes.count {
            for second in first...bytes.count {
                let pieces = [bytes[..<first], bytes[first..<second], bytes[second...]].map(
                    Array.init)
                let result = Self.decode(pieces, memory)
                #expect(result == expected, "\(text) split at \(first) and \(second)")
            }
            let cut = Self.decode([Array(bytes[..<first])], memory)
            if first < bytes.count && cut != expected {
                #expect(cut.hasSuffix("more"), "\(text) cut at \(first)")
            }
        }
    }

    /// Bytes that were refused are not consumed: shown again they must not read as something else.
    @Test(arguments: bodies.indices) func refusedStaysRefused(_ index: Int) {
        let memory = GuardedBytes(capacity: 8_192)
        var decoder = ChunkedDecoder()
        var rest = wire(Self.bodies[index].0)
        var reason: BodyRefusal?
        for _ in 0..<200 where !rest.isEmpty {
            let event = decoder.decode(memory.place(rest))
            switch event {
            case .data(let consumed, _), .needMore(let consumed), .lastChunk(let consumed):
                #expect(reason == nil, "\(Self.bodies[index].0) goes on after \(reason!)")
                rest.removeFirst(consumed)
                if case .lastChunk = event { return }
            case .refused(let said):
                #expect(reason == nil || reason == said)
                if reason != nil { return }
                reason = said
            }
        }
    }

    @Test func boundsSizeLines() {
        let memory = GuardedBytes()
        func line(_ count: Int) -> [UInt8] {
            wire("2;" + String(repeating: "x", count: count - 4) + "|ab|0|")
        }
        #expect(Self.decode([line(4_096)], memory) == "ab end")
        #expect(Self.decode([line(4_097)], memory) == "chunk_line_too_long")
    }

    @Test func encodesWhatItDecodes() {
        let memory = GuardedBytes()
        for count in [1, 9, 10, 15, 16, 255, 256, 4_095, 65_535] {
            var output = [UInt8](repeating: 0, count: count + 64)
            let used = output.withUnsafeMutableBytes { output in
                var writer = ByteWriter(output)
                ChunkedEncoder.header(bytes: count, to: &writer)
                #expect(writer.count <= ChunkedEncoder.headerBytesMax)
                for _ in 0..<count { writer.append(UInt8(ascii: "z")) }
                writer.append(ChunkedEncoder.dataEnd)
                writer.append("0\r\n")
                return writer.count
            }
            let text = Self.decode([Array(output[..<used])], memory)
            #expect(text == String(repeating: "z", count: count) + " end")
        }
    }
}
