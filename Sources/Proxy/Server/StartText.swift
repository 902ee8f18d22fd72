// The text at the start: every address with its real port, one per line in a form that scripts
// parse (`^listener\s+http://ADDR`, `^admin\s+http://ADDR`), then three commands to try. A pure
// function. Main thread.

import EventLoop

struct StartText {
    let config: ProxyConfig
    let admin: SocketAddress?
    /// The file, or why there is none.
    let history: String
    let statsd: SocketAddress?
    let workers: Int
    let isDemo: Bool
    let statsctl: String
    /// nil when there is no history.
    let historyPath: String?

    func text() -> String {
        var lines = ["weir \(Options.version)"]
        for listener in config.listeners {
            let endpoints = config.clusters[listener.cluster].endpoints.map(\.description)
            let origin = isDemo ? "  (demo origin)" : ""
            lines.append(
                row("listener", Self.url(listener.address))
                    + "  ->  \(endpoints.joined(separator: ", "))\(origin)")
        }
        lines.append(row("admin", admin.map(Self.url) ?? "none"))
        lines.append(row("history", history))
        if let statsd { lines.append(row("statsd", "udp://\(statsd)")) }
        lines.append(row("workers", "\(workers)"))
        lines.append("")
        lines.append("try")
        lines.append(contentsOf: examples())
        return lines.joined(separator: "\n")
    }

    private func examples() -> [String] {
        var commands = [Self.curl(config.listeners[0].address, path: "/", option: "-i ")]
        if let admin {
            commands.append(Self.curl(admin, path: "/metrics"))
            if historyPath == nil { commands.append(Self.curl(admin, path: "/stats")) }
        }
        if let historyPath {
            commands.append(
                "\(statsctl) --db \(historyPath) show http.ingress.downstream_rq_total --rate")
            commands.append("\(statsctl) --db \(historyPath) list")
        }
        commands.append(
            Self.curl(config.listeners[0].address, path: "/", option: "-s -o /dev/null "))
        commands.append("weir --help")
        return commands.prefix(3).map { "  " + $0 }
    }

    private func row(_ name: String, _ value: String) -> String {
        name + String(repeating: " ", count: 10 - name.utf8.count) + value
    }

    private static func url(_ address: SocketAddress) -> String {
        address.ipText == nil ? "\(address)" : "http://\(address)"
    }

    private static func curl(
        _ address: SocketAddress, path: String, option: String = ""
    ) -> String {
        guard let socket = address.path else { return "curl \(option)http://\(address)\(path)" }
        return "curl \(option)--unix-socket \(socket) http://localhost\(path)"
    }
}
