// Heads on their way out. A head is rewritten by copying runs of its bytes: the parser has marked
// what must not pass (hop-by-hop fields, RFC 9110 section 7.6.1), filters have marked what they
// replace, and everything between is copied as it came.

import EventLoop
import HTTP1

extension Worker {
    /// The request head as the upstream gets it: always HTTP/1.1, origin-form, one Host.
    func renderRequest(_ head: RequestHead, into writer: inout ByteWriter) {
        let bytes = unsafe request.value.bytes
        if head.authorityStart != head.authorityEnd {
            request.value.drop(.host)
        }
        unsafe writer.append(slice(bytes, head.methodStart, head.methodEnd))
        writer.append(" ")
        if head.pathStart == head.targetEnd {
            writer.append(head.method == .options ? "*" : "/")
        } else {
            if unsafe bytes[Int(head.pathStart)] == UInt8(ascii: "?") { writer.append("/") }
            unsafe writer.append(slice(bytes, head.pathStart, head.targetEnd))
        }
        writer.append(" HTTP/1.1\r\n")
        if head.authorityStart != head.authorityEnd {
            writer.append("host: ")
            unsafe writer.append(slice(bytes, head.authorityStart, head.authorityEnd))
            writer.append("\r\n")
        } else if request.value.parser.find(.host) == nil {
            // HTTP/1.0 may come without; what leaves is HTTP/1.1 and may not.
            writer.append("host: upstream\r\n")
        }
        unsafe HeadWriter.copyFields(from: bytes, request.value.parser, to: &writer)
        unsafe writer.append(request.value.addedBytes)
        if head.framing == .chunked { writer.append("transfer-encoding: chunked\r\n") }
        if head.upgrade {
            unsafe appendUpgrade(bytes, to: &writer)
        } else if head.acceptsTrailers {
            // TE is hop-by-hop (RFC 9110 section 10.1.4): this much of it holds upstream too.
            writer.append("te: trailers\r\nconnection: te\r\n")
        }
        writer.append("\r\n")
    }

    /// Upgrade and the connection option that goes with it are hop-by-hop: made anew here.
    private func appendUpgrade(_ bytes: UnsafeRawBufferPointer, to writer: inout ByteWriter) {
        var index = request.value.parser.find(.upgrade) ?? request.value.parser.fieldCount
        while index < request.value.parser.fieldCount {
            let field = request.value.parser[index]
            if field.known == .upgrade {
                writer.append("upgrade: ")
                unsafe writer.append(slice(bytes, field.valueStart, field.valueEnd))
                writer.append("\r\n")
            }
            index += 1
        }
        writer.append("connection: upgrade\r\n")
    }

    /// The response head as the client gets it.
    func renderResponse(
        _ head: ResponseHead, _ input: Buffer, for downstream: UInt32,
        into writer: inout ByteWriter
    ) {
        let bytes = unsafe self.bytes(of: input)
        unsafe appendStatusLine(head, bytes, to: &writer)
        unsafe HeadWriter.copyFields(from: bytes, responseParser.value, to: &writer)
        if downstreams[downstream].responseEncoding == .chunked {
            writer.append("transfer-encoding: chunked\r\n")
        }
        // What a 426 asks for is said in Upgrade (RFC 9110 section 15.5.22).
        if head.status == 426 { unsafe appendUpgradeOffer(bytes, to: &writer) }
        if !downstreams[downstream].keepAlive {
            writer.append("connection: close\r\n")
        } else if downstreams[downstream].version == .http10 {
            writer.append("connection: keep-alive\r\n")
        }
        writer.append("\r\n")
    }

    func renderInformational(
        _ head: ResponseHead, _ input: Buffer, into writer: inout ByteWriter
    ) {
        let bytes = unsafe self.bytes(of: input)
        unsafe appendStatusLine(head, bytes, to: &writer)
        unsafe HeadWriter.copyFields(from: bytes, responseParser.value, to: &writer)
        writer.append("\r\n")
    }

    /// `101` with the upgrade that was agreed upon.
    func renderSwitch(_ head: ResponseHead, _ input: Buffer, into writer: inout ByteWriter) {
        let bytes = unsafe self.bytes(of: input)
        unsafe appendStatusLine(head, bytes, to: &writer)
        unsafe HeadWriter.copyFields(from: bytes, responseParser.value, to: &writer)
        unsafe appendUpgradeOffer(bytes, to: &writer)
        writer.append("\r\n")
    }

    private func appendUpgradeOffer(
        _ bytes: UnsafeRawBufferPointer, to writer: inout ByteWriter
    ) {
        guard let index = responseParser.value.find(.upgrade) else { return }
        let field = responseParser.value[index]
        writer.append("upgrade: ")
        unsafe writer.append(slice(bytes, field.valueStart, field.valueEnd))
        writer.append("\r\nconnection: upgrade\r\n")
    }

    /// Our version, the upstream's status and reason: `HTTP/1.x ` is nine bytes.
    private func appendStatusLine(
        _ head: ResponseHead, _ bytes: UnsafeRawBufferPointer, to writer: inout ByteWriter
    ) {
        writer.append("HTTP/1.1 ")
        unsafe writer.append(slice(bytes, head.statusStart, head.statusLineEnd))
    }

    @inline(__always) private func slice(
        _ bytes: UnsafeRawBufferPointer, _ start: UInt32, _ end: UInt32
    ) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: bytes[Int(start)..<Int(end)])
    }
}
