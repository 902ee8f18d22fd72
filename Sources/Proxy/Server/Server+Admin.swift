// Main's side of the admin pages: wishes of connections become rounds of cuts, finished bodies find
// their way back, and the small facts that a page shows besides the snapshot. Rendering happens
// elsewhere, on the readers.

import EventLoop
import History
import QueryAPI
import Stats

extension Server {
    /// Once per turn: what admin connections asked for while handling their events.
    func takeAdminEvents() {
        guard let admin else { return }
        // Answering one may let the next of the same connection in.
        while !admin.events.isEmpty { for event in admin.takeEvents() { take(event, admin) } }
    }

    private func take(_ event: AdminEvent, _ admin: AdminServer) {
        switch event {
        case .scrape(let ticket):
            if phase.rawValue >= Phase.closing.rawValue {
                admin.fail(ticket)
            } else {
                perform(rounds.want(CutWishes(scrapes: [ticket]), nowNanos: loop.nowNanos))
            }
        case .query(let ticket, let request, let cancellation):
            submit(ticket, request, cancellation)
        case .mark(let ticket, let mark): submit(ticket, mark, admin)
        case .quit:
            beginDrain("POST /quitquitquit")
        }
    }

    func bodyRendered(_ reader: Int, _ body: RenderedBody) {
        readers?.finished(reader)
        admin?.deliver(body)
        readers?.publish(shard)
    }

    private func submit(
        _ ticket: ScrapeTicket, _ request: APIRequest, _ cancellation: QueryCancellation
    ) {
        let job = QueryJob(
            ticket: ticket, request: request, cancellation: cancellation,
            submittedNanos: loop.nowNanos, facts: facts(),
            historyOpenings: history?.openings ?? 0, snapshot: lastSnapshot)
        if phase.rawValue >= Phase.closing.rawValue {
            admin?.fail(ticket)
        } else if readers?.submit(job) != true {
            admin?.refuseQuery(ticket)
        }
        readers?.publish(shard)
    }

    private func submit(_ ticket: ScrapeTicket, _ mark: HistoryMark, _ admin: AdminServer) {
        guard let history else {
            return admin.deliver(
                APIResponse(.unavailable, "no history: weir runs with --no-history"), to: ticket)
        }
        if !history.submit(mark, ticket, shard: shard) {
            admin.deliver(
                APIResponse(.unavailable, "too many changes wait for the file: try again"),
                to: ticket)
        }
    }

    func queryAnswered(_ reader: Int, _ answer: QueryAnswer) {
        readers?.finished(reader)
        admin?.deliver(answer)
        readers?.publish(shard)
    }

    func facts() -> ServerFacts {
        ServerFacts(
            config: config, isLive: phase == .serving, startWallMillis: startWallMillis,
            uptimeNanos: loop.nowNanos - startNanos, workers: workers.count,
            historyPath: history?.path, statsd: settings.statsd?.address,
            flushIntervalNanos: settings.flushIntervalNanos, drainNanos: settings.drainNanos)
    }
}
