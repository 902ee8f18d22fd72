// The one door to libzstd: whole blocks in, whole blocks out. What comes from a disk may claim any
// size, so the caller says how long the result is and a frame that is anything else is refused.
// Contexts are made once a thread's owner and reused: they cost more than a small block. Not
// Sendable; each compactor and each reader has its own.

import CZstd

/// Compresses and expands the column area of chunks.
@safe final class Compression {
    private let compressor: OpaquePointer?
    private let expander: OpaquePointer?
    private let level: Int32

    /// More than any area has; a claim above it is damage.
    static let rawBytesMax = 1 << 28

    init(level: Int32 = 3) {
        self.level = level
        unsafe compressor = ZSTD_createCCtx()
        unsafe expander = ZSTD_createDCtx()
    }

    deinit {
        unsafe ZSTD_freeCCtx(compressor)
        unsafe ZSTD_freeDCtx(expander)
    }

    /// The zstd frame of `bytes`; nil when it does not come out at least a tenth smaller.
    func compressed(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count >= 32 else { return nil }
        let room = ZSTD_compressBound(bytes.count)
        let level = level
        let result = unsafe [UInt8](unsafeUninitializedCapacity: room) { target, count in
            let written = unsafe bytes.withUnsafeBytes { source in
                unsafe ZSTD_compressCCtx(
                    compressor, target.baseAddress, room, source.baseAddress, source.count, level)
            }
            count = ZSTD_isError(written) == 0 ? written : 0
        }
        return result.isEmpty || result.count > bytes.count - bytes.count / 10 ? nil : result
    }

    /// What `compressed` was made from; nil when it is damaged or not `rawBytes` long.
    func expanded(_ bytes: ArraySlice<UInt8>, rawBytes: Int) -> [UInt8]? {
        guard rawBytes > 0, rawBytes <= Self.rawBytesMax else { return nil }
        let claimed = unsafe bytes.withUnsafeBytes {
            unsafe ZSTD_getFrameContentSize($0.baseAddress, $0.count)
        }
        guard claimed == UInt64(rawBytes) else { return nil }
        let result = unsafe [UInt8](unsafeUninitializedCapacity: rawBytes) { target, count in
            let written = unsafe bytes.withUnsafeBytes { source in
                unsafe ZSTD_decompressDCtx(
                    expander, target.baseAddress, rawBytes, source.baseAddress, source.count)
            }
            count = ZSTD_isError(written) == 0 ? written : 0
        }
        return result.count == rawBytes ? result : nil
    }
}
