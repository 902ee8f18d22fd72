// The upstream's side of a request: its response head is parsed, counted, rendered for the client
// and sent with what is here of the body in one call; the body follows as fast as the client takes
// it. 1xx responses pass through; 101 makes a tunnel. RFC 9110 section 15, RFC 9112.

import EventLoop
import HTTP1
import Stats

extension Worker {
    func upstreamReady(_ token: Token, _ readiness: Readiness) {
        let index = token.index
        guard upstreams.isCurrent(index, token.generation) else { return }
        if readiness.contains(.readable) { upstreams[index].isReadable = true }
        if readiness.contains(.peerClosed) {
            upstreams[index].isPeerClosed = true
            upstreams[index].isReadable = true
        }
        if readiness.contains(.hangUp) || readiness.contains(.error) {
            upstreams[index].isBroken = true
            upstreams[index].isReadable = true
        }
        switch upstreams[index].phase {
        case .connecting:
            if readiness.isEmpty || readiness == .readable { return }
            connectDone(index)
        case .idle:
            if upstreams[index].isReadable { closeUpstream(index) }
        case .awaitingHead: awaitingHeadReady(index, token.generation, readiness)
        case .streaming:
            if readiness.contains(.writable) { pumpRequest(upstreams[index].downstream) }
            if upstreams.isCurrent(index, token.generation)
                && upstreams[index].phase == .streaming
            {
                pumpResponse(upstreams[index].downstream)
            }
        case .tunnel: pumpTunnel(upstreams[index].downstream)
        }
    }

    private func awaitingHeadReady(
        _ index: UInt32, _ generation: UInt32, _ readiness: Readiness
    ) {
        if readiness.contains(.writable) { goOnSending(index) }
        if upstreams.isCurrent(index, generation) && upstreams[index].phase == .awaitingHead
            && upstreams[index].isReadable
        {
            readResponseHead(index)
        }
    }

    /// Writable again: first what is left of the head, then the body.
    private func goOnSending(_ index: UInt32) {
        let downstream = upstreams[index].downstream
        if !upstreams[index].output.isEmpty {
            let result = flush(
                upstreams[index].fd, &upstreams[index].output, keep: upstreams[index].isHeadKept)
            if result == .failed {
                upstreamDied(index)
                return
            }
            if result == .blocked { return }
        } else if downstreams[downstream].requestBody.isFinished {
            return
        }
        if downstreams[downstream].requestBody.isFinished {
            requestSent(downstream, index)
        } else {
            pumpRequest(downstream)
        }
    }

    // MARK: Head

    func readResponseHead(_ index: UInt32) {
        var isFirstLook = upstreams[index].scan.isUntouched
        let downstream = upstreams[index].downstream
        let generation = upstreams[index].generation
        while upstreams.isCurrent(index, generation) && upstreams[index].phase == .awaitingHead {
            if !upstreams[index].input.isEmpty {
                let bytes = unsafe self.bytes(of: upstreams[index].input)
                if unsafe isFirstLook || upstreams[index].scan.mayBeComplete(bytes) {
                    let method = downstreams[downstream].method
                    switch unsafe responseParser.value.parseResponse(
                        bytes, requestMethod: method)
                    {
                    case .complete(let head):
                        upstreams[index].scan = HeadScan()
                        isFirstLook = true
                        handleResponse(index, head)
                        continue
                    case .refused:
                        failMalformed(index)
                        return
                    case .incomplete: break
                    }
                    if isFirstLook {
                        _ = unsafe upstreams[index].scan.mayBeComplete(bytes)
                        isFirstLook = false
                    }
                }
                if isFull(upstreams[index].input) && !grow(&upstreams[index].input) {
                    failMalformed(index)
                    return
                }
            }
            if !upstreams[index].isReadable { return }
            if !fillResponseHead(index) { return }
        }
    }

    private func failMalformed(_ index: UInt32) {
        let cluster = endpoints[Int(upstreams[index].endpoint)].cluster
        shard.add(clusterMetrics[cluster].protocolErrors)
        fail(upstreams[index].downstream, .responseMalformed)
    }

    /// Reads what the endpoint sent; false when no head can be had now.
    private func fillResponseHead(_ index: UInt32) -> Bool {
        let before = upstreams[index].input.count
        let result = fill(
            upstreams[index].fd, &upstreams[index].input,
            isReadable: &upstreams[index].isReadable,
            isPeerClosed: upstreams[index].isPeerClosed)
        switch result {
        case .bytes:
            countReceived(fromUpstream: index, UInt64(upstreams[index].input.count - before))
            if upstreams[index].isHeadKept {
                upstreams[index].isHeadKept = false
                if upstreams[index].output.isEmpty { giveBack(&upstreams[index].output) }
            }
            return true
        case .wouldBlock: return false
        case .noBlock: fail(upstreams[index].downstream, .outOfBuffers)
        case .full: fail(upstreams[index].downstream, .responseMalformed)
        case .end, .failed: upstreamDied(index)
        }
        return false
    }

    private func handleResponse(_ index: UInt32, _ head: ResponseHead) {
        let downstream = upstreams[index].downstream
        if head.status == 101 {
            if downstreams[downstream].isUpgrade && isOffered(head, to: downstream) {
                beginTunnel(downstream, head)
            } else {
                failMalformed(index)
            }
            return
        }
        if head.status < 200 {
            relayInformational(index, head)
            return
        }
        let cluster = endpoints[Int(upstreams[index].endpoint)].cluster
        shard.record(clusterMetrics[cluster].requestTime, now &- upstreams[index].sentNanos)
        shard.add(
            clusterMetrics[cluster].requestsByClass[min(Int(head.status / 100), 5) - 1])
        clusterCodes[cluster].add(head.status, to: shard)
        if downstreams[downstream].hasRetried { shard.add(clusterMetrics[cluster].retrySuccess) }
        upstreams[index].phase = .streaming
        upstreams[index].keepAlive = head.keepAlive && head.framing != .untilClose
        downstreams[downstream].status = head.status
        downstreams[downstream].responseBody = BodyReader(head.framing)
        let isOpenEnded = head.framing == .chunked || head.framing == .untilClose
        let canChunk = downstreams[downstream].version == .http11
        downstreams[downstream].responseEncoding = isOpenEnded && canChunk ? .chunked : .identity
        if isDraining || (isOpenEnded && !canChunk)
            || !downstreams[downstream].requestBody.isFinished
        {
            downstreams[downstream].keepAlive = false
        }
        sendResponseHead(index, head)
    }

    /// 1xx responses of one request; more of them is an endpoint gone wrong.
    private static let informationalMax: UInt8 = 64

    /// 100 and 103 go to clients that know them (RFC 9110 section 15.2).
    private func relayInformational(_ index: UInt32, _ head: ResponseHead) {
        let downstream = upstreams[index].downstream
        downstreams[downstream].informational &+= 1
        if downstreams[downstream].informational > Self.informationalMax {
            failMalformed(index)
            return
        }
        if downstreams[downstream].version == .http11 {
            var writer = scratchWriter()
            renderInformational(head, upstreams[index].input, into: &writer)
            let result = sendScratch(
                writer.count, to: downstreams[downstream].fd, owing: &downstreams[downstream].output
            )
            if result == .failed {
                abortExchange(downstream, .clientClosed)
                return
            }
            countSent(downstream, UInt64(writer.count))
        }
        if head.status == 100 && downstreams[downstream].awaitsContinue {
            downstreams[downstream].awaitsContinue = false
            setDeadline(downstream, now + setup.config.timeouts.idleNanos)
        }
        upstreams[index].input.consume(Int(head.headEnd))
    }

    private func sendResponseHead(_ index: UInt32, _ head: ResponseHead) {
        let downstream = upstreams[index].downstream
        let readNanos = now
        var writer = scratchWriter()
        renderResponse(head, upstreams[index].input, for: downstream, into: &writer)
        if writer.overflowed {
            upstreams[index].phase = .awaitingHead
            downstreams[downstream].status = 0
            failMalformed(index)
            return
        }
        upstreams[index].input.consume(Int(head.headEnd))
        let result = sendHeadAndBody(index, downstream, writer)
        tick()
        downstreams[downstream].isHeadSent = true
        downstreams[downstream].addedNanos &+= now &- readNanos
        switch result {
        case .failed: abortExchange(downstream, .clientClosed)
        case .done, .blocked:
            setDeadline(downstream, now + setup.config.timeouts.idleNanos)
            pumpResponse(downstream)
        }
    }

    /// A body piece above this goes out by a second vector instead of being copied.
    static let joinBytesMax = 2048

    private func sendHeadAndBody(
        _ index: UInt32, _ downstream: UInt32, _ head: consuming ByteWriter
    ) -> FlushResult {
        let isDirect =
            downstreams[downstream].responseEncoding == .identity
            && downstreams[downstream].responseBody.kind != .chunked
        let here = downstreams[downstream].responseBody.available(in: upstreams[index].input)
        let headCount = head.count
        if isDirect && here > Self.joinBytesMax && downstreams[downstream].output.isEmpty {
            let (result, sent) = sendScratch(
                headCount, with: &upstreams[index].input, here, to: downstreams[downstream].fd,
                owing: &downstreams[downstream].output)
            downstreams[downstream].responseBody.advance(sent)
            countSent(downstream, UInt64(headCount + sent))
            return result
        }
        var writer = head
        if !downstreams[downstream].responseBody.isFinished {
            // A refusal shows again, and is acted upon, when the body is pumped.
            _ = encode(
                &upstreams[index].input, &downstreams[downstream].responseBody,
                downstreams[downstream].responseEncoding, into: &writer)
        }
        countSent(downstream, UInt64(writer.count))
        return sendScratch(
            writer.count, to: downstreams[downstream].fd, owing: &downstreams[downstream].output)
    }

    func countSent(_ downstream: UInt32, _ count: UInt64) {
        shard.add(listeners[Int(downstreams[downstream].listener)].bytesSent, count)
    }

    // MARK: Body

    /// Passes the response body on, as far as both sockets allow.
    func pumpResponse(_ index: UInt32) {
        let upstream = downstreams[index].upstream
        var counts = FlowCounts()
        let result = flow(
            from: upstreams[upstream].fd, isReadable: &upstreams[upstream].isReadable,
            isPeerClosed: upstreams[upstream].isPeerClosed, &upstreams[upstream].input,
            &downstreams[index].responseBody, downstreams[index].responseEncoding,
            &downstreams[index].responsePipe, to: downstreams[index].fd,
            owing: &downstreams[index].output, &counts)
        if counts.received > 0 { countReceived(fromUpstream: upstream, counts.received) }
        if counts.sent > 0 { countSent(index, counts.sent) }
        if counts.relayed > 0 {
            setDeadline(index, now + setup.config.timeouts.idleNanos)
        }
        switch result {
        case .finished: completeExchange(index)
        case .blocked: pauseReading(index)
        case .waits: break
        case .more:
            tick()
            resumeLater(TokenKind.upstream.token(upstreams[upstream].generation, upstream))
        case .sinkFailed: abortExchange(index, .clientClosed)
        case .refused, .tooLarge, .full: abortExchange(index, .responseBodyMalformed)
        case .noBlock: abortExchange(index, .outOfBuffers)
        case .sourceEnded: responseEnded(index, isClean: true)
        case .sourceFailed: responseEnded(index, isClean: false)
        }
    }

    func countReceived(fromUpstream upstream: UInt32, _ count: UInt64) {
        shard.add(
            clusterMetrics[endpoints[Int(upstreams[upstream].endpoint)].cluster].bytesReceived,
            count)
    }

    /// The endpoint closed while its body was coming: that is the end of it, or a truncation.
    private func responseEnded(_ index: UInt32, isClean: Bool) {
        upstreams[downstreams[index].upstream].isPeerClosed = true
        guard downstreams[index].responseBody.kind == .untilClose && isClean else {
            abortExchange(index, .responseTruncated)
            return
        }
        var counts = FlowCounts()
        let result = finishUntilClose(
            &downstreams[index].responseBody, downstreams[index].responseEncoding,
            to: downstreams[index].fd, owing: &downstreams[index].output, &counts)
        if counts.sent > 0 { countSent(index, counts.sent) }
        switch result {
        case .done: completeExchange(index)
        case .blocked: pauseReading(index)
        case .failed: abortExchange(index, .clientClosed)
        }
    }

    /// The connection ended before the first response byte. A pooled one may simply have been
    /// closed as the request was sent: an idempotent request without a body is sent once more, on
    /// a new connection (RFC 9112 section 9.3.1).
    func upstreamDied(_ upstream: UInt32) {
        let index = upstreams[upstream].downstream
        upstreams[upstream].isPeerClosed = true
        let isStale = upstreams[upstream].isReused && upstreams[upstream].input.isEmpty
        if !isStale || !upstreams[upstream].isHeadKept {
            fail(index, isStale ? .upstreamClosedPooled : .upstreamReset)
            return
        }
        let cluster = endpoints[Int(upstreams[upstream].endpoint)].cluster
        shard.add(clusterMetrics[cluster].retries)
        shard.add(clusterMetrics[cluster].resets)
        var head = upstreams[upstream].output
        head.start = 0
        upstreams[upstream].output = Buffer()
        downstreams[index].hasRetried = true
        downstreams[index].addedNanos = 0
        detach(index, .failed)
        attach(index, head, .fresh)
    }
}
