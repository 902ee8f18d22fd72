// Main's side of the admin pages: wishes of connections become rounds of cuts, finished bodies find
// their way back, and the small facts that a page shows besides the snapshot. Rendering happens
// elsewhere, on the readers.

import EventLoop
import Stats

extension Server {
    /// Once per turn: what admin connections asked for while handling their events.
    func takeAdminEvents() {
        guard let admin, !admin.events.isEmpty else { return }
        for event in admin.takeEvents() {
            switch event {
            case .scrape(let ticket):
                if phase.rawValue >= Phase.closing.rawValue {
                    admin.fail(ticket)
                } else {
                    perform(rounds.want(CutWishes(scrapes: [ticket]), nowNanos: loop.nowNanos))
                }
            case .quit:
                beginDrain("POST /quitquitquit")
            }
        }
    }

    func bodyRendered(_ reader: Int, _ body: RenderedBody) {
        readers?.finished(reader)
        admin?.deliver(body)
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
