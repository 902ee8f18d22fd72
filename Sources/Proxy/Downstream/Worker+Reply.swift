// Answers that weir itself gives: refusals and failures. A short text names the reason in the same
// word that labels the counter, so that what a client saw can be found in the metrics. A refused
// request closes the connection, since the bytes after it cannot be trusted; a failed one keeps it.

import EventLoop
import HTTP1
import Stats

extension Worker {
    /// The head was refused: count it as a request that was answered, never forward it.
    func refuse(_ index: UInt32, _ reason: HeadRefusal) {
        let listener = Int(downstreams[index].listener)
        shard.add(listeners[listener].requestsTotal)
        shard.add(listeners[listener].requestsActive, 1)
        downstreams[index].phase = .exchange
        downstreams[index].addedNanos = 0
        downstreams[index].status = 0
        downstreams[index].method = .other
        downstreams[index].isHeadSent = false
        downstreams[index].requestBody = BodyReader()
        downstreams[index].responseBody = BodyReader()
        refuseBegun(index, reason)
    }

    /// The same for a request that was already counted as begun.
    func refuseBegun(_ index: UInt32, _ reason: HeadRefusal) {
        let listener = Int(downstreams[index].listener)
        shard.add(listeners[listener].failures.refused[Int(reason.rawValue)])
        downstreams[index].keepAlive = false
        reply(index, status: reason.status, label: reason.label)
    }

    /// The body broke its framing: 400 if nothing was answered yet, else the connection ends.
    func refuseBody(_ index: UInt32, _ reason: BodyRefusal) {
        let listener = Int(downstreams[index].listener)
        shard.add(listeners[listener].failures.bodyRefused[Int(reason.rawValue)])
        fail(index, .requestBodyMalformed)
    }

    /// A head that did not arrive in time.
    func refuseSlowHead(_ index: UInt32) {
        let listener = Int(downstreams[index].listener)
        shard.add(listeners[listener].requestsTotal)
        shard.add(listeners[listener].requestsActive, 1)
        shard.add(listeners[listener].headTimeouts)
        downstreams[index].phase = .exchange
        downstreams[index].addedNanos = 0
        downstreams[index].status = 0
        downstreams[index].method = .other
        downstreams[index].keepAlive = false
        downstreams[index].isHeadSent = false
        downstreams[index].requestBody = BodyReader()
        downstreams[index].responseBody = BodyReader()
        fail(index, .headTimeout)
    }

    /// A filter's answer.
    func reply(_ index: UInt32, status: UInt16, reason: StaticString) {
        reply(index, status: status, label: "\(reason)")
    }

    /// Sends a whole response of our own and ends the request.
    func reply(_ index: UInt32, status: UInt16, label: String) {
        if !downstreams[index].requestBody.isFinished || status == 408 {
            downstreams[index].keepAlive = false
        }
        let keepAlive = downstreams[index].keepAlive && !isDraining
        downstreams[index].keepAlive = keepAlive
        var writer = scratchWriter()
        appendStatusLine(status, to: &writer)
        writer.append("server: weir\r\ndate: ")
        date.value.append(to: &writer)
        writer.append("\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ")
        writer.appendDecimal(UInt64(label.utf8.count + Self.replyPrefix.utf8CodeUnitCount + 1))
        if !keepAlive {
            writer.append("\r\nconnection: close")
        } else if downstreams[index].version == .http10 {
            writer.append("\r\nconnection: keep-alive")
        }
        writer.append("\r\n\r\n")
        if downstreams[index].method != .head {
            writer.append(Self.replyPrefix)
            for byte in label.utf8 { writer.append(byte) }
            writer.append("\n")
        }
        countSent(index, UInt64(writer.count))
        let result = sendScratch(
            writer.count, to: downstreams[index].fd, owing: &downstreams[index].output)
        tick()
        endRequest(index, status: status)
        if result == .failed {
            closeDownstream(index)
            return
        }
        goOn(index)
    }

    private static let replyPrefix: StaticString = "weir: "

    private func appendStatusLine(_ status: UInt16, to writer: inout ByteWriter) {
        writer.append("HTTP/1.1 ")
        writer.appendDecimal(UInt64(status))
        writer.append(" ")
        writer.append(reasonPhrase(status))
        writer.append("\r\n")
    }

    /// Reason phrases of the statuses weir sends itself (RFC 9110 section 15).
    private func reasonPhrase(_ status: UInt16) -> StaticString {
        switch status {
        case 400: "Bad Request"
        case 403: "Forbidden"
        case 408: "Request Timeout"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 417: "Expectation Failed"
        case 421: "Misdirected Request"
        case 431: "Request Header Fields Too Large"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: "Error"
        }
    }
}
