// The command line as it is meant: typed values, checked one by one and against each other. What
// cannot be right is refused here with one line; what only the machine knows (is the port free?)
// is found out by the server. Built once on main, immutable after.

import EventLoop

/// Everything `weir` was asked to do.
struct Settings: Sendable {
    enum Mode: String, CaseIterable, Sendable { case serve, validate }

    var mode: Mode
    var proxy: ProxyConfig
    /// Worker threads, at least 1.
    var concurrency: Int
    var pinsWorkers: Bool
    var admin: SocketAddress?
    var historyPath: String?
    /// How long each tier is kept, finest first.
    var historyRetention: [Int64]
    /// Bound over the file and its WAL.
    var historyBytesMax: Int64
    var statsd: StatsdTarget?
    /// Why there is no statsd although it was asked for: its name is not known.
    var statsdProblem: String?
    var flushIntervalNanos: UInt64
    var drainNanos: UInt64
    var logLevel: LogLevel
    /// Start the built-in origin and the traffic.
    var isDemo: Bool

    static let concurrencyMax = 256
    static let listenersMax = 64
    static let upstreamsMax = 1024
    static let flushIntervalNanosRange: ClosedRange<UInt64> = 50_000_000...3_600_000_000_000
}

/// A statsd server and the first part of the names sent there.
struct StatsdTarget: Sendable {
    var address: SocketAddress
    var prefix: String
}

extension Settings {
    /// Checks everything, looks names up; the first complaint wins.
    init(_ options: Options) throws(UsageError) {
        mode = try Self.choice("--mode", options.mode, "is not a mode")
        logLevel = try Self.choice("--log-level", options.logLevel, "is not a level")
        concurrency = try Self.concurrency(options.concurrency)
        pinsWorkers = options.cpusetThreads
        flushIntervalNanos = try Self.duration(
            "--flush-interval", options.flushInterval, in: Self.flushIntervalNanosRange)
        drainNanos = try Self.seconds("--drain-time-s", options.drainTimeS)
        isDemo = options.demo
        historyPath = options.noHistory ? nil : options.history
        historyRetention = try Self.retention(options.historyRetention)
        historyBytesMax = try Self.historySize(options.historySize)
        if options.history.isEmpty {
            throw UsageError(flag: "--history", value: "", "is not a file; try weir.db")
        }
        admin = options.noAdmin ? nil : try Self.address("--admin", options.admin)
        if let text = options.statsd {
            switch try Self.statsd(text, prefix: options.statsdPrefix) {
            case .success(let target): statsd = target
            case .failure(let failure): statsdProblem = "no statsd: \(text) \(failure.problem)"
            }
        }
        proxy = try Self.proxy(options)
    }

    // MARK: Quick mode

    /// One cluster `upstream`; listeners `ingress`, `ingress_2`, ...
    private static func proxy(_ options: Options) throws(UsageError) -> ProxyConfig {
        try checkCombination(options)
        let listen = options.listen.isEmpty ? ["127.0.0.1:10000"] : options.listen
        var listeners: [ListenerConfig] = []
        for (index, text) in listen.enumerated() {
            let name = index == 0 ? "ingress" : "ingress_\(index + 1)"
            let address = try address("--listen", text)
            if listeners.contains(where: { $0.address == address && address.port != 0 }) {
                throw UsageError(flag: "--listen", value: text, "is there twice")
            }
            listeners.append(ListenerConfig(name: name, address: address, cluster: 0))
        }
        var endpoints: [SocketAddress] = []
        for text in options.upstream {
            let address = try address("--upstream", text)
            if address.port == 0 {
                throw UsageError(flag: "--upstream", value: text, "needs a port above 0")
            }
            endpoints.append(address)
        }
        var config = ProxyConfig(
            listeners: listeners,
            clusters: [ClusterConfig(name: "upstream", endpoints: endpoints)])
        config.timeouts = try timeouts(options)
        config.connectionBalance = try choice(
            "--connection-balance", options.connectionBalance, "is not a balance")
        config.limits.requestBodyBytesMax = try options.maxRequestBody.map {
            text throws(UsageError) in try size("--max-request-body", text)
        }
        return config
    }

    private static func checkCombination(_ options: Options) throws(UsageError) {
        if options.demo && !options.upstream.isEmpty {
            throw UsageError(
                "--demo brings its own origin: leave out --upstream, or leave out --demo")
        }
        if options.demo { return }
        if options.listen.isEmpty && options.upstream.isEmpty {
            throw UsageError(
                "nothing to do: give --listen ADDR --upstream ADDR, or --demo (see --help)")
        }
        if options.listen.isEmpty {
            throw UsageError("--listen is missing: try --listen 127.0.0.1:10000")
        }
        if options.upstream.isEmpty {
            throw UsageError("--upstream is missing: try --upstream 127.0.0.1:8080")
        }
        if options.listen.count > listenersMax {
            throw UsageError("--listen: \(options.listen.count) of them, \(listenersMax) at most")
        }
        if options.upstream.count > upstreamsMax {
            throw UsageError(
                "--upstream: \(options.upstream.count) of them, \(upstreamsMax) at most")
        }
    }

    private static func timeouts(_ options: Options) throws(UsageError) -> ProxyTimeouts {
        let range: ClosedRange<UInt64> = 1_000_000...86_400_000_000_000
        var timeouts = ProxyTimeouts()
        timeouts.headNanos = try duration("--head-timeout", options.headTimeout, in: range)
        timeouts.idleNanos = try duration("--idle-timeout", options.idleTimeout, in: range)
        timeouts.connectNanos = try duration("--connect-timeout", options.connectTimeout, in: range)
        timeouts.responseNanos = try duration(
            "--response-timeout", options.responseTimeout, in: range)
        return timeouts
    }

    // MARK: Single values

    private static func choice<C: RawRepresentable<String> & CaseIterable>(
        _ flag: String, _ text: String, _ problem: String
    ) throws(UsageError) -> C {
        if let value = C(rawValue: text) { return value }
        let words = C.allCases.map(\.rawValue)
        throw UsageError(
            flag: flag, value: text, "\(problem); use \(words.joined(separator: ", "))",
            suggestion: NearName.nearest(to: text, among: words))
    }

    private static func concurrency(_ text: String?) throws(UsageError) -> Int {
        guard let text else { return min(Machine.usableCPUs(), concurrencyMax) }
        guard let count = Int(text), (1...concurrencyMax).contains(count) else {
            throw UsageError(
                flag: "--concurrency", value: text,
                "is not a number of workers; use 1 to \(concurrencyMax)")
        }
        return count
    }

    private static func duration(
        _ flag: String, _ text: String, in range: ClosedRange<UInt64>
    ) throws(UsageError) -> UInt64 {
        guard let nanos = DurationText.nanos(text) else {
            throw UsageError(
                flag: flag, value: text, "is not a duration; use a form such as 250ms, 1s or 2m")
        }
        guard range.contains(nanos) else {
            let low = DurationText.text(range.lowerBound)
            let high = DurationText.text(range.upperBound)
            throw UsageError(flag: flag, value: text, "is out of range; use \(low) to \(high)")
        }
        return nanos
    }

    private static func seconds(_ flag: String, _ text: String) throws(UsageError) -> UInt64 {
        guard let nanos = DecimalText.scaled(text[...], by: 1_000_000_000),
            nanos <= 86_400_000_000_000
        else {
            throw UsageError(
                flag: flag, value: text, "is not a number of seconds; use 0 to 86400, such as 10")
        }
        return nanos
    }

    private static func size(_ flag: String, _ text: String) throws(UsageError) -> UInt64 {
        guard let bytes = SizeText.bytes(text) else {
            throw UsageError(
                flag: flag, value: text, "is not a size; use a form such as 512, 64KiB or 10MB")
        }
        return bytes
    }

    private static func address(
        _ flag: String, _ text: String
    ) throws(UsageError) -> SocketAddress {
        switch NameLookup.address(text) {
        case .success(let address): return address
        case .failure(let failure): throw UsageError(flag: flag, value: text, failure.problem)
        }
    }

    private static func statsd(
        _ text: String, prefix: String
    ) throws(UsageError) -> Result<StatsdTarget, LookupFailure> {
        let scheme = "udp://"
        guard text.hasPrefix(scheme) else {
            throw UsageError(
                flag: "--statsd", value: text, "is not a statsd address; try udp://127.0.0.1:8125")
        }
        let rest = String(text.dropFirst(scheme.count))
        let found = NameLookup.address(rest)
        if case .failure(let failure) = found, failure.kind == .isNoAddress {
            throw UsageError(flag: "--statsd", value: text, failure.problem)
        }
        if case .success(let address) = found, (address.port ?? 0) == 0 {
            throw UsageError(
                flag: "--statsd", value: text, "needs a host and a port; try udp://127.0.0.1:8125")
        }
        let isName = prefix.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isName, prefix.utf8.count <= 64 else {
            throw UsageError(
                flag: "--statsd-prefix", value: prefix,
                "is not a name; use up to 64 letters, digits, '_', '-' and '.'")
        }
        return found.map { StatsdTarget(address: $0, prefix: prefix) }
    }
}
