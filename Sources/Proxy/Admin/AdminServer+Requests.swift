// Requests of admin connections: parsed strictly by the same parser as the data plane's, routed,
// answered at once or by a reader's body later. No body but a query's form is read: the connection
// ends after the answer instead. Main thread.

import EventLoop
import HTTP1
import Stats

extension AdminServer {
    // MARK: Requests

    /// Handles the requests that are there, one after the other, until one waits for a reader or
    /// for its answer to leave.
    func proceed(_ slot: Int) {
        while let connection = connections[slot], connection.phase == .reading,
            !connection.input.isEmpty
        {
            let goesOn = connection.form == nil ? parse(slot) : takeForm(slot)
            if !goesOn { return }
        }
    }

    /// False when the head is not complete yet.
    private func parse(_ slot: Int) -> Bool {
        let input = connections[slot]!.input
        let result = unsafe input.withUnsafeBytes { unsafe parser.parseRequest($0) }
        switch result {
        case .incomplete:
            if input.count < AdminConnection.inputBytesMax { return false }
            connections[slot]!.closesAfter = true
            respond(slot, AdminResponse(431, "the request's head is too large\n"))
        case .refused(let refusal):
            connections[slot]!.closesAfter = true
            respond(slot, AdminResponse(refusal.status, "refused: \(refusal.label)\n"))
        case .complete(let head):
            connections[slot]!.input.removeFirst(Int(head.headEnd))
            connections[slot]!.isHead = head.method == .head
            // A body is not read: whatever follows it could not be told from it.
            let hasBody = head.framing != .none && head.framing != .length(0)
            connections[slot]!.closesAfter = !head.keepAlive || hasBody
            handle(slot, head, input)
        }
        return true
    }

    private func handle(_ slot: Int, _ head: RequestHead, _ bytes: [UInt8]) {
        let host = text(.host, bytes)
        if checksHost, let host, !HostCheck.isLiteral(host) {
            return respond(
                slot,
                AdminResponse(403, "Host: use an IP address or localhost to reach the admin\n"))
        }
        guard
            head.method == .get || head.method == .head
                || HostCheck.isOwnOrigin(
                    text(.origin, bytes), site: text(.secFetchSite, bytes), host: host)
        else {
            connections[slot]!.closesAfter = true
            return respond(
                slot, AdminResponse(403, "Origin: a page of another site changes nothing here\n"))
        }
        let target = String(
            decoding: bytes[Int(head.pathStart)..<Int(head.targetEnd)], as: UTF8.self)
        let path = target.isEmpty ? "/" : target
        let route = AdminRoute.route(head.method, target: path)
        if case .query(let path, let query) = route {
            return startQuery(slot, head, bytes, path: path, query: query)
        }
        answer(slot, route, path)
    }

    /// The value of a field of the head that was parsed last.
    func text(_ known: KnownField, _ bytes: [UInt8]) -> String? {
        guard let index = parser.find(known) else { return nil }
        let field = parser[index]
        return String(decoding: bytes[Int(field.valueStart)..<Int(field.valueEnd)], as: UTF8.self)
    }

    private func answer(_ slot: Int, _ route: AdminRoute, _ path: String) {
        switch route {
        case .render(let request):
            connections[slot]!.request = request
            connections[slot]!.phase = .rendering
            setInterest(slot, [])
            setDeadline(slot, Self.writeNanos)
            events.append(.scrape(ticket(slot)))
        case .quit:
            events.append(.quit)
            connections[slot]!.closesAfter = true
            respond(slot, AdminResponse(200, "OK\n"))
        default:
            respond(slot, AdminPages.immediate(route, path: path, facts: facts()))
        }
    }

    // MARK: Answers from readers

    /// What the connections of `tickets` wait for, each distinct page once.
    func requests(of tickets: [ScrapeTicket]) -> [RenderRequest: [ScrapeTicket]] {
        var groups: [RenderRequest: [ScrapeTicket]] = [:]
        for ticket in tickets {
            guard let slot = waiting(ticket), let request = connections[slot]!.request else {
                continue
            }
            groups[request, default: []].append(ticket)
        }
        return groups
    }

    func deliver(_ body: RenderedBody) {
        let page = metrics.pages[body.request.page.index]
        shard.add(page.renders)
        shard.add(page.bytes, UInt64(body.bytes.count))
        shard.record(page.renderTime, body.renderNanos)
        for ticket in body.tickets {
            guard let slot = waiting(ticket) else { continue }
            respond(slot, AdminResponse(body))
            proceed(slot)
        }
    }

    /// No body can be had any more.
    func fail(_ ticket: ScrapeTicket) {
        guard let slot = waiting(ticket) else { return }
        connections[slot]!.closesAfter = true
        respond(slot, AdminResponse(503, "ending\n"))
    }

    func waiting(_ ticket: ScrapeTicket) -> Int? {
        let slot = Int(ticket.index)
        guard let connection = connections[slot], connection.generation == ticket.generation,
            connection.phase == .rendering
        else { return nil }
        return slot
    }

    func ticket(_ slot: Int) -> ScrapeTicket {
        ScrapeTicket(index: UInt32(slot), generation: connections[slot]!.generation)
    }

    func respond(_ slot: Int, _ response: AdminResponse) {
        shard.add(metrics.requestsTotal)
        shard.add(metrics.requestsByClass[Int(response.status / 100) - 1])
        connections[slot]!.startWriting(response)
        setDeadline(slot, Self.writeNanos)
        write(slot)
    }
}
