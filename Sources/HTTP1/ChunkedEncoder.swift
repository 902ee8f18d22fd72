// Chunked framing on the way out (RFC 9112 section 7.1). No extensions are ever sent.
// The caller appends the payload and its line end; chunk extensions are never written, since no
// receiver needs ours. Pure, on the worker that relays.

public enum ChunkedEncoder {
    /// Most bytes that `header` appends.
    public static var headerBytesMax: Int { 18 }
    /// Ends a chunk's data.
    public static var dataEnd: StaticString { "\r\n" }
    /// The last chunk without trailers.
    public static var end: StaticString { "0\r\n\r\n" }

    /// Size line of a chunk of `bytes` bytes (> 0: a size of 0 would end the body).
    public static func header(bytes: Int, to writer: inout ByteWriter) {
        precondition(bytes > 0, "BUG: an empty chunk ends a body")
        writer.appendHex(UInt64(bytes))
        writer.append(dataEnd)
    }
}
