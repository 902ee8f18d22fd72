// After `101 Switching Protocols` bytes pass both ways unread until both sides have ended. The
// halves are two open-ended bodies with identity encoding, so the relay and its back-pressure are
// the same; an end on one side is passed on by shutting the other's sending half.

import EventLoop
import HTTP1
import Stats

extension Worker {
    func beginTunnel(_ index: UInt32, _ head: ResponseHead) {
        let upstream = downstreams[index].upstream
        let cluster = endpoints[Int(upstreams[upstream].endpoint)].cluster
        let listener = Int(downstreams[index].listener)
        shard.record(clusterMetrics[cluster].requestTime, now &- upstreams[upstream].sentNanos)
        shard.add(clusterMetrics[cluster].requestsByClass[0])
        clusterCodes[cluster].add(head.status, to: shard)
        shard.add(listeners[listener].upgradesTotal)
        shard.add(listeners[listener].upgradesActive, 1)
        downstreams[index].phase = .tunnel
        downstreams[index].status = head.status
        downstreams[index].isHeadSent = true
        downstreams[index].requestBody = BodyReader(.untilClose)
        downstreams[index].responseBody = BodyReader(.untilClose)
        downstreams[index].requestEncoding = .identity
        downstreams[index].responseEncoding = .identity
        upstreams[upstream].phase = .tunnel
        upstreams[upstream].keepAlive = false
        var writer = scratchWriter()
        renderSwitch(head, upstreams[upstream].input, into: &writer)
        upstreams[upstream].input.consume(Int(head.headEnd))
        countSent(index, UInt64(writer.count))
        let result = sendScratch(
            writer.count, to: downstreams[index].fd, owing: &downstreams[index].output)
        if result == .failed {
            abortExchange(index, .clientClosed)
            return
        }
        pumpTunnel(index)
    }

    /// Whether the protocol of a 101 is the one the client asked for (RFC 9110 section 7.8); of
    /// several offered ones any but h2c, which the parser takes for no upgrade.
    func isOffered(_ head: ResponseHead, to index: UInt32) -> Bool {
        guard head.upgrade, let field = responseParser.value.find(.upgrade) else { return false }
        let offered = downstreams[index].upgradeHash
        let value = responseParser.value[field]
        let input = unsafe bytes(of: upstreams[downstreams[index].upstream].input)
        let chosen = unsafe Self.protocolHash(input[Int(value.valueStart)..<Int(value.valueEnd)])
        return offered == 0 || chosen == offered
    }

    /// Of the one protocol that the request being handled offers; 0 for several.
    func offeredProtocolHash() -> UInt32 {
        guard let first = request.value.parser.find(.upgrade) else { return 0 }
        var index = first + 1
        while index < request.value.parser.fieldCount {
            if request.value.parser[index].known == .upgrade { return 0 }
            index += 1
        }
        let value = request.value.parser[first]
        return unsafe Self.protocolHash(
            request.value.bytes[Int(value.valueStart)..<Int(value.valueEnd)])
    }

    /// FNV-1a over the name without regard to case; 0 when it is a list.
    private static func protocolHash(_ name: Slice<UnsafeRawBufferPointer>) -> UInt32 {
        var hash: UInt32 = 0x811C_9DC5
        var index = unsafe name.startIndex
        while unsafe index < name.endIndex {
            let byte = unsafe name[index]
            index += 1
            if byte == UInt8(ascii: ",") { return 0 }
            let isUpper = byte &- UInt8(ascii: "A") < 26
            hash = (hash ^ UInt32(isUpper ? byte | 0x20 : byte)) &* 0x0100_0193
        }
        return hash | 1
    }

    func pumpTunnel(_ index: UInt32) {
        let upstream = downstreams[index].upstream
        setDeadline(index, now + setup.config.timeouts.tunnelIdleNanos)
        let toClient = pumpHalf(index, upstream, .toClient)
        let toUpstream = toClient == .failed ? .failed : pumpHalf(index, upstream, .toUpstream)
        let hasClientEnded = downstreams[index].requestBody.isFinished
        let hasUpstreamEnded = downstreams[index].responseBody.isFinished
        // A half that has ended is not read again: a reset behind its end shows only here.
        let isDead =
            hasClientEnded && downstreams[index].isBroken
            || hasUpstreamEnded && upstreams[upstream].isBroken
        if toClient == .failed || toUpstream == .failed || isDead
            || (hasClientEnded && hasUpstreamEnded)
        {
            endTunnel(index)
            return
        }
        if toClient == .more || toUpstream == .more {
            resumeLater(TokenKind.downstream.token(downstreams[index].generation, index))
        }
    }

    private enum Half {
        case toClient
        case toUpstream
    }

    private enum HalfResult {
        case waits
        case more
        case failed
    }

    private func pumpHalf(_ index: UInt32, _ upstream: UInt32, _ half: Half) -> HalfResult {
        switch flowHalf(index, upstream, half) {
        case .blocked, .finished, .waits: return .waits
        case .more: return .more
        case .sourceEnded:
            endHalf(index, upstream, half)
            return .waits
        case .sinkFailed, .sourceFailed, .refused, .tooLarge, .full, .noBlock: return .failed
        }
    }

    private func flowHalf(_ index: UInt32, _ upstream: UInt32, _ half: Half) -> FlowResult {
        var counts = FlowCounts()
        let result: FlowResult
        switch half {
        case .toClient:
            result = flow(
                from: upstreams[upstream].fd, isReadable: &upstreams[upstream].isReadable,
                isPeerClosed: upstreams[upstream].isPeerClosed, &upstreams[upstream].input,
                &downstreams[index].responseBody, .identity, &downstreams[index].responsePipe,
                to: downstreams[index].fd, owing: &downstreams[index].output, &counts)
            countReceived(fromUpstream: upstream, counts.received)
            countSent(index, counts.sent)
        case .toUpstream:
            result = flow(
                from: downstreams[index].fd, isReadable: &downstreams[index].isReadable,
                isPeerClosed: downstreams[index].isPeerClosed, &downstreams[index].input,
                &downstreams[index].requestBody, .identity, &downstreams[index].requestPipe,
                to: upstreams[upstream].fd, owing: &upstreams[upstream].output, &counts)
            countReceived(fromClient: index, counts.received)
            let cluster = endpoints[Int(upstreams[upstream].endpoint)].cluster
            shard.add(clusterMetrics[cluster].bytesSent, counts.sent)
        }
        return result
    }

    private func endHalf(_ index: UInt32, _ upstream: UInt32, _ half: Half) {
        switch half {
        case .toClient:
            downstreams[index].responseBody.isFinished = true
            Syscall.shutdownWrite(downstreams[index].fd)
        case .toUpstream:
            downstreams[index].requestBody.isFinished = true
            Syscall.shutdownWrite(upstreams[upstream].fd)
        }
    }

    func endTunnel(_ index: UInt32) {
        let upstream = downstreams[index].upstream
        shard.add(listeners[Int(downstreams[index].listener)].upgradesActive, -1)
        endUpstreamRequest(upstream, .succeeded)
        downstreams[index].upstream = Downstream.noUpstream
        closeUpstream(upstream)
        endRequest(index, status: downstreams[index].status)
        closeDownstream(index)
    }
}
