// The small admin pages, made on main at once: help, readiness, server info, listeners, refusals.
// Pure functions of the facts; no snapshot, no socket. Shapes of the JSON follow Envoy's admin.
// What is large, or needs numbers, is BodyRenderer's. Main thread.

import EventLoop
import Glibc

enum AdminPages {
    /// The answer to a route that needs no snapshot.
    static func immediate(
        _ route: AdminRoute, path: String, facts: ServerFacts
    ) -> AdminResponse {
        switch route {
        case .ready:
            return facts.isLive ? AdminResponse(200, "LIVE\n") : AdminResponse(503, "DRAINING\n")
        case .serverInfo:
            return AdminResponse(200, serverInfo(facts), contentType: AdminResponse.json)
        case .listeners(.text): return AdminResponse(200, listeners(facts))
        case .listeners(.json):
            return AdminResponse(200, listenersJSON(facts), contentType: AdminResponse.json)
        case .notFound(let near): return AdminResponse(404, notFound(path, near))
        case .badQuery(let problem): return AdminResponse(400, problem + "\n")
        case .methodNotAllowed(let allow):
            var response = AdminResponse(405, "use \(allow) here\n")
            response.allow = allow
            return response
        case .help, .quit, .render, .query: return AdminResponse(200, help())
        }
    }

    static func help() -> String {
        let width = AdminRoute.pages.map(\.path.utf8.count).max()! + 2
        let lines = AdminRoute.pages.map { page in
            page.path + String(repeating: " ", count: width - page.path.utf8.count) + page.help
        }
        return "weir \(Options.version), admin pages:\n" + lines.joined(separator: "\n") + "\n"
    }

    private static func notFound(_ path: String, _ near: [String]) -> String {
        let known = AdminRoute.pages.map(\.path)
        let shown = String(path.prefix(200))
        if near.isEmpty { return "no page \(shown); there are: \(known.joined(separator: " "))\n" }
        return "no page \(shown); did you mean \(near.joined(separator: " or "))? All: /help\n"
    }

    // MARK: Listeners

    private static func listeners(_ facts: ServerFacts) -> String {
        facts.config.listeners.map { "\($0.name)::\($0.address)\n" }.joined()
    }

    private static func listenersJSON(_ facts: ServerFacts) -> String {
        var json = JSONText()
        json.object { json in
            json.array("listener_statuses") { json in
                for listener in facts.config.listeners {
                    json.object { json in
                        json.string("name", listener.name)
                        address(&json, "local_address", listener.address)
                    }
                }
            }
        }
        return json.text + "\n"
    }

    /// Envoy's `core.Address`: a socket address or a pipe.
    static func address(_ json: inout JSONText, _ key: String, _ address: SocketAddress) {
        json.object(key) { json in
            guard let ip = address.ipText, let port = address.port else {
                json.object("pipe") { $0.string("path", address.path ?? "") }
                return
            }
            json.object("socket_address") { json in
                json.string("address", ip)
                json.number("port_value", port)
            }
        }
    }

    // MARK: Server info

    private static func serverInfo(_ facts: ServerFacts) -> String {
        let uptime = "\(facts.uptimeNanos / 1_000_000_000)s"
        var json = JSONText()
        json.object { json in
            json.string("version", Options.version)
            json.string("state", facts.isLive ? "LIVE" : "DRAINING")
            json.string("start_time", UTCTime.text(facts.startWallMillis))
            json.string("uptime_current_epoch", uptime)
            json.string("uptime_all_epochs", uptime)
            json.string("hot_restart_version", "disabled")
            json.number("pid", getpid())
            json.object("command_line_options") { commandLine(&$0, facts) }
        }
        return json.text + "\n"
    }

    private static func commandLine(_ json: inout JSONText, _ facts: ServerFacts) {
        let timeouts = facts.config.timeouts
        json.number("concurrency", facts.workers)
        json.array("listen") { json in
            for listener in facts.config.listeners { json.string(nil, "\(listener.address)") }
        }
        json.array("upstream") { json in
            for cluster in facts.config.clusters {
                for endpoint in cluster.endpoints { json.string(nil, "\(endpoint)") }
            }
        }
        if let path = facts.historyPath { json.string("history", path) }
        if let statsd = facts.statsd { json.string("statsd", "udp://\(statsd)") }
        json.string("flush_interval", DurationText.text(facts.flushIntervalNanos))
        json.string("drain_time", DurationText.text(facts.drainNanos))
        json.string("head_timeout", DurationText.text(timeouts.headNanos))
        json.string("idle_timeout", DurationText.text(timeouts.idleNanos))
        json.string("connect_timeout", DurationText.text(timeouts.connectNanos))
        json.string("response_timeout", DurationText.text(timeouts.responseNanos))
        if let limit = facts.config.limits.requestBodyBytesMax {
            json.number("max_request_body", limit)
        }
    }
}
