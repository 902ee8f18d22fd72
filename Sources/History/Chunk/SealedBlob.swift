// The wrapping that blocks and chunks share: format, flags, a CRC-32C over the key columns of the
// row and every byte of the blob, and zstd where it saves a tenth. Opening judges bytes from a
// disk: a fault is a value. Any thread, with a `Compression` of its own.

enum SealedBlob {
    static let format: UInt8 = 1
    static let compressedFlag: UInt8 = 1
    /// format, flags, checksum.
    static let headerBytes = 6

    /// - Parameter key: the columns beside the blob; a row that was moved is found by them.
    static func seal(_ payload: [UInt8], key: [Int64], _ compression: Compression) -> [UInt8] {
        let packed = compression.compressed(payload)
        var blob: [UInt8] = [format, packed == nil ? 0 : compressedFlag]
        blob.append(littleEndian: UInt32(0))
        if let packed {
            blob.append(varint: UInt64(payload.count))
            blob.append(contentsOf: packed)
        } else {
            blob.append(contentsOf: payload)
        }
        let checksum = checksum(blob, key)
        for index in 0..<4 {
            blob[2 + index] = UInt8(truncatingIfNeeded: checksum >> (8 * UInt32(index)))
        }
        return blob
    }

    static func open(
        _ blob: [UInt8], key: [Int64], _ compression: Compression
    ) -> Result<[UInt8], BlobFault> {
        guard blob.count >= headerBytes else { return .failure(.tooShort) }
        guard blob[0] == format else { return .failure(.unknownFormat) }
        let stored = (0..<4).reduce(UInt32(0)) { $0 | UInt32(blob[2 + $1]) << (8 * UInt32($1)) }
        guard stored == checksum(blob, key) else { return .failure(.badChecksum) }
        return openUnchecked(blob, compression)
    }

    /// Without the checksum: what stands between damaged bytes and memory (fuzzed directly).
    static func openUnchecked(
        _ blob: [UInt8], _ compression: Compression
    ) -> Result<[UInt8], BlobFault> {
        guard blob.count >= headerBytes else { return .failure(.tooShort) }
        if blob[1] & compressedFlag == 0 { return .success(Array(blob[headerBytes...])) }
        var reader = ColumnDecoder(blob, from: headerBytes)
        guard let rawBytes = reader.count(atMost: Compression.rawBytesMax),
            let payload = compression.expanded(blob[reader.offset...], rawBytes: rawBytes)
        else { return .failure(.malformed) }
        return .success(payload)
    }

    private static func checksum(_ blob: [UInt8], _ key: [Int64]) -> UInt32 {
        var bytes: [UInt8] = []
        for column in key { bytes.append(littleEndian: column) }
        var crc = CRC32C.checksum(of: bytes)
        crc = CRC32C.checksum(of: blob[..<2], continuing: crc)
        return CRC32C.checksum(of: blob[headerBytes...], continuing: crc)
    }
}

/// Why a block or a chunk could not be used.
public enum BlobFault: String, Error, Sendable, CaseIterable {
    case missing = "missing"
    case tooShort = "too short"
    case unknownFormat = "of an unknown format"
    case badChecksum = "damaged (checksum)"
    case malformed = "malformed"
    /// SQLite cannot get at it: a page on the way is damaged.
    case unreadable = "unreadable (a damaged page)"
}
