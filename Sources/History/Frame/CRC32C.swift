// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78; the check of iSCSI, RFC 3720 B.4), by
// eight tables: about 1.5 GB/s, where a frame is a few hundred bytes a second. No SSE4.2: Swift
// has no portable way to it, and the cost would not be seen. Any thread.

/// Checksums of frames.
enum CRC32C {
    /// `checksum(of: a + b) == checksum(of: b, continuing: checksum(of: a))`.
    static func checksum(of bytes: some Collection<UInt8>, continuing seed: UInt32 = 0) -> UInt32 {
        var crc = ~seed
        if let result = bytes.withContiguousStorageIfAvailable({ bytes in
            unsafe update(&crc, bytes.span)
            return crc
        }) {
            return ~result
        }
        for byte in bytes { crc = table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ crc >> 8 }
        return ~crc
    }

    private static func update(_ crc: inout UInt32, _ bytes: Span<UInt8>) {
        let tables = table
        var index = 0
        while index + 8 <= bytes.count {
            let low =
                crc
                ^ (UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8
                    | UInt32(bytes[index + 2]) << 16 | UInt32(bytes[index + 3]) << 24)
            crc =
                tables[7 * 256 + Int(low & 255)] ^ tables[6 * 256 + Int(low >> 8 & 255)]
                ^ tables[5 * 256 + Int(low >> 16 & 255)] ^ tables[4 * 256 + Int(low >> 24)]
                ^ tables[3 * 256 + Int(bytes[index + 4])] ^ tables[2 * 256 + Int(bytes[index + 5])]
                ^ tables[256 + Int(bytes[index + 6])] ^ tables[Int(bytes[index + 7])]
            index += 8
        }
        while index < bytes.count {
            crc = tables[Int(UInt8(truncatingIfNeeded: crc) ^ bytes[index])] ^ crc >> 8
            index += 1
        }
    }

    /// Eight tables of 256: table k steps a byte that is followed by k zero bytes.
    private static let table: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? 0x82F6_3B78 ^ crc >> 1 : crc >> 1 }
            tables[byte] = crc
        }
        for index in 256..<8 * 256 {
            let before = tables[index - 256]
            tables[index] = tables[Int(before & 255)] ^ before >> 8
        }
        return tables
    }()
}
