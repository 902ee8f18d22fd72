// The small things under the parser: byte classes derived again from the grammar, the cursor's
// edges, the writer's edges, and the sizes of what lives in connections.

import Testing

@testable import HTTP1

@Suite struct BytesTests {
    @Test func classesFollowTheGrammar() {
        let digits = Set("0123456789".utf8)
        let letters = Set(UInt8(ascii: "a")...UInt8(ascii: "z"))
            .union(UInt8(ascii: "A")...UInt8(ascii: "Z"))
        let token = digits.union(letters).union("!#$%&'*+-.^_`|~".utf8)
        let name = digits.union(letters).union("-._~".utf8).union("!$&'()*+,;=".utf8)
        let hex = digits.union("abcdefABCDEF".utf8)
        for byte in UInt8.min...UInt8.max {
            let bits = ByteClass.of(byte)
            #expect((bits & ByteClass.token != 0) == token.contains(byte))
            #expect((bits & ByteClass.hostName != 0) == name.contains(byte))
            #expect((bits & ByteClass.hex != 0) == hex.contains(byte))
            #expect((bits & ByteClass.digit != 0) == digits.contains(byte))
            if hex.contains(byte) {
                let text = String(UnicodeScalar(byte))
                #expect(ByteClass.hexValue(byte) == UInt8(text, radix: 16)!)
            }
        }
    }

    @Test func wordsEndInNuls() {
        let memory = GuardedBytes(capacity: 4_096)
        let bytes = Array(UInt8(1)...20)
        for count in 0...20 {
            let cursor = ByteCursor(memory.place(bytes, count), limit: .max)
            for index in 0...40 {
                var expected: UInt64 = 0
                for offset in 0..<8 where index + offset < count {
                    expected |= UInt64(bytes[index + offset]) << UInt64(offset * 8)
                }
                #expect(cursor.word(index) == expected)
            }
        }
    }

    /// Each byte value at each place of a scan stops it or does not.
    @Test func scansStopAtEachByte() {
        let memory = GuardedBytes(capacity: 4_096)
        let stops = Set(0...0x20).union(0x7F...0xFF).union("\"#%<>\\".utf8)
        for byte in UInt8.min...UInt8.max {
            for place in 0..<18 {
                var bytes = [UInt8](repeating: 0x80, count: 18)
                bytes[place] = byte
                let values = ByteCursor(memory.place(bytes), limit: .max)
                let isControl = byte < 0x20 || byte == 0x7F
                #expect(values.controlIndex(from: 0) == (isControl ? place : 18))
                bytes = [UInt8](repeating: 0x21, count: 18)
                bytes[place] = byte
                let target = ByteCursor(memory.place(bytes), limit: .max)
                #expect(target.targetStopIndex(from: 0) == (stops.contains(byte) ? place : 18))
            }
        }
    }

    @Test func namesAreFoundInEitherCase() {
        let memory = GuardedBytes(capacity: 4_096)
        let names = FieldNames()
        let texts = String(describing: KnownField.names).split(separator: " ")
        #expect(texts.count == KnownField.allCases.count - 1)
        for (known, text) in zip(KnownField.allCases.dropFirst(), texts) {
            for bytes in [Array(text.utf8), Array(text.uppercased().utf8)] {
                let cursor = ByteCursor(memory.place(bytes), limit: .max)
                #expect(names.find(cursor, 0, bytes.count) == known)
                for index in bytes.indices {
                    for bit in 0..<8 {
                        var other = bytes
                        other[index] ^= 1 << bit
                        let isSame = String(decoding: other, as: UTF8.self).lowercased() == text
                        let cursor = ByteCursor(memory.place(other), limit: .max)
                        let found = names.find(cursor, 0, other.count)
                        if !isSame { #expect(found != known, "\(text) with byte \(index) changed") }
                    }
                }
            }
        }
    }

    @Test func writerStopsWhereItsRoomEnds() {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 8, alignment: 8)
        defer { memory.deallocate() }
        var writer = ByteWriter(memory)
        writer.append("abc")
        writer.appendDecimal(120)
        #expect(writer.count == 6 && writer.remaining == 2 && !writer.overflowed)
        writer.appendHex(0xFFF)
        #expect(writer.overflowed && writer.count == 6)
        writer.append(UInt8(ascii: "x"))
        #expect(writer.count == 6 && readable(memory[..<6]) == "abc120")
        var none = ByteWriter(UnsafeMutableRawBufferPointer(start: nil, count: 0))
        none.append("")
        #expect(!none.overflowed)
        none.append("x")
        #expect(none.overflowed && none.count == 0)
    }

    @Test func numbers() {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 8)
        defer { memory.deallocate() }
        for value in [0, 1, 9, 10, 15, 16, 99, 100, 255, 256, 65_535, UInt64.max, 1 << 63] {
            var decimal = ByteWriter(memory)
            decimal.appendDecimal(value)
            #expect(readable(memory[..<decimal.count]) == String(value))
            var hex = ByteWriter(memory)
            hex.appendHex(value)
            #expect(readable(memory[..<hex.count]) == String(value, radix: 16))
        }
    }

    @Test func wordsAtEachCountAndEachRoom() {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 32, alignment: 8)
        defer { memory.deallocate() }
        for count in 0...8 {
            for room in 0...20 {
                memory.copyBytes(from: [UInt8](repeating: 0x2E, count: 32))
                var writer = ByteWriter(UnsafeMutableRawBufferPointer(rebasing: memory[..<room]))
                writer.append(word: 0x6867_6665_6463_6261, count: count)
                writer.append(word: 0x6867_6665_6463_6261, count: count)
                let fits = count == 0 ? 2 : min(2, room / count)
                let text = String(repeating: String("abcdefgh".prefix(count)), count: fits)
                #expect(readable(memory[..<writer.count]) == text)
                #expect(writer.overflowed == (fits < 2))
                #expect(readable(memory[room...]) == String(repeating: ".", count: 32 - room))
            }
        }
    }

    @Test func hexDigitsOfAWord() {
        var random = SystemRandomNumberGenerator()
        let values: [UInt32] = [0, 9, 10, .max, 0x0123_4567, 0x89AB_CDEF, random.next()]
        for value in values {
            let plain = String(value, radix: 16)
            let text = String(repeating: "0", count: 8 - plain.count) + plain
            var digits = ByteWriter.hexDigits(value)
            let bytes = withUnsafeBytes(of: &digits) { [UInt8]($0) }
            #expect(String(decoding: bytes, as: UTF8.self) == text)
        }
    }

    @Test func sizes() {
        #expect(MemoryLayout<Field>.stride == 24)
        #expect(MemoryLayout<ChunkedDecoder>.stride == 16)
        #expect(MemoryLayout<HeadScan>.stride == 8)
        #expect(MemoryLayout<RequestHead>.stride <= 64)
        #expect(MemoryLayout<ResponseHead>.stride <= 40)
        #expect(MemoryLayout<HeadLimits>.stride == 24)
        #expect(MemoryLayout<ByteWriter>.stride <= 32)
    }
}
