// The command line: what is accepted, and the one line that is said about what is not.

import EventLoop
import Foundation
import Testing

@testable import Proxy

struct ControlOptionsTests {
    private func settings(_ line: String) throws -> Settings {
        try Settings(Options.read(line.split(separator: " ").map(String.init)))
    }

    private func complaint(_ line: String) -> String {
        do {
            _ = try settings(line)
            return "accepted"
        } catch let error as UsageError {
            return error.description
        } catch let end as OptionsEnd {
            return end.text
        } catch {
            return "\(error)"
        }
    }

    @Test func quickModeMakesOneClusterAndNamedListeners() throws {
        let made = try settings(
            "--listen 127.0.0.1:1 --listen [::1]:2 --listen unix:/tmp/s --upstream 127.0.0.1:3"
                + " --upstream unix:/tmp/o")
        #expect(made.proxy.listeners.map(\.name) == ["ingress", "ingress_2", "ingress_3"])
        #expect(
            made.proxy.listeners.map(\.address.description)
                == ["127.0.0.1:1", "[::1]:2", "unix:/tmp/s"])
        #expect(made.proxy.clusters.map(\.name) == ["upstream"])
        #expect(
            made.proxy.clusters[0].endpoints.map(\.description) == ["127.0.0.1:3", "unix:/tmp/o"])
        #expect(made.admin?.description == "127.0.0.1:9901")
        #expect(made.historyPath == "weir.db")
        #expect(made.flushIntervalNanos == 1_000_000_000)
        #expect(made.drainNanos == 10_000_000_000)
        #expect(made.concurrency >= 1)
        #expect(made.statsd == nil)
        #expect(!made.isDemo)
    }

    @Test func valuesReachTheConfiguration() throws {
        let made = try settings(
            "--listen localhost:0 --upstream localhost:3 --head-timeout 250ms --idle-timeout 2m"
                + " --connect-timeout 1.5s --response-timeout 1h --max-request-body 64KiB"
                + " --concurrency 3 --cpuset-threads --no-admin --no-history --mode validate"
                + " --statsd udp://localhost:8125 --statsd-prefix a.b --drain-time-s 0.5"
                + " --flush-interval 200ms --log-level debug")
        #expect(made.proxy.timeouts.headNanos == 250_000_000)
        #expect(made.proxy.timeouts.idleNanos == 120_000_000_000)
        #expect(made.proxy.timeouts.connectNanos == 1_500_000_000)
        #expect(made.proxy.timeouts.responseNanos == 3_600_000_000_000)
        #expect(made.proxy.limits.requestBodyBytesMax == 65_536)
        #expect(made.concurrency == 3)
        #expect(made.pinsWorkers)
        #expect(made.admin == nil)
        #expect(made.historyPath == nil)
        #expect(made.mode == .validate)
        #expect(made.statsd?.address.description == "127.0.0.1:8125")
        #expect(made.statsd?.prefix == "a.b")
        #expect(made.drainNanos == 500_000_000)
        #expect(made.flushIntervalNanos == 200_000_000)
        #expect(made.logLevel == .debug)
        #expect(made.proxy.connectionBalance == .kernel)
        #expect(try settings("--demo --connection-balance exact").proxy.connectionBalance == .exact)
    }

    @Test func theDemoNeedsNothing() throws {
        let made = try settings("--demo")
        #expect(made.isDemo)
        #expect(made.proxy.listeners.map(\.address.description) == ["127.0.0.1:10000"])
        #expect(made.proxy.clusters[0].endpoints.isEmpty)
        #expect(
            try settings("--demo --listen 127.0.0.1:7").proxy.listeners[0].address.port == 7)
    }

    static let refused: [(String, [String])] = [
        ("", ["nothing to do", "--listen", "--demo"]),
        ("--listen 127.0.0.1:1", ["--upstream", "missing"]),
        ("--upstream 127.0.0.1:1", ["--listen", "missing"]),
        ("--demo --upstream 127.0.0.1:1", ["--demo", "--upstream"]),
        ("--lisen 127.0.0.1:1", ["--lisen", "--listen"]),
        ("-c weir.yaml", ["-c"]),
        ("--base-id 1", ["--base-id"]),
        ("--listen 10000 --upstream 127.0.0.1:1", ["--listen", "\"10000\"", "127.0.0.1:10000"]),
        ("--listen 127.0.0.1:99999 --upstream 127.0.0.1:1", ["--listen", "99999"]),
        ("--listen 127.0.0.1:1 --listen 127.0.0.1:1 --upstream 127.0.0.1:1", ["twice"]),
        ("--listen 127.0.0.1:1 --upstream 127.0.0.1:0", ["--upstream", "port"]),
        ("--demo --concurrency 0", ["--concurrency", "\"0\"", "1 to"]),
        ("--demo --concurrency many", ["--concurrency", "\"many\""]),
        ("--demo --mode validat", ["--mode", "\"validat\"", "did you mean validate?"]),
        ("--demo --log-level verbose", ["--log-level", "\"verbose\"", "info"]),
        ("--demo --flush-interval 1", ["--flush-interval", "\"1\"", "250ms"]),
        ("--demo --flush-interval 1ms", ["--flush-interval", "out of range", "50ms"]),
        ("--demo --drain-time-s -1", ["--drain-time-s"]),
        ("--demo --drain-time-s 5m", ["--drain-time-s", "\"5m\"", "seconds"]),
        ("--demo --head-timeout 0s", ["--head-timeout", "out of range"]),
        ("--demo --max-request-body 1TB", ["--max-request-body", "\"1TB\"", "64KiB"]),
        ("--demo --history-retention 2d,soon", ["--history-retention", "2d,14d,90d,3y"]),
        ("--demo --history-retention 1d,1d,1d,1d,1d", ["more than four"]),
        ("--demo --history-size 1KiB", ["--history-size", "\"1KiB\"", "4MiB"]),
        ("--demo --statsd 127.0.0.1:8125", ["--statsd", "udp://127.0.0.1:8125"]),
        ("--demo --statsd udp://127.0.0.1", ["--statsd", "port"]),
        ("--demo --statsd udp://unix:/x", ["--statsd", "port"]),
        ("--demo --statsd udp://127.0.0.1:1 --statsd-prefix a:b", ["--statsd-prefix", "\"a:b\""]),
        ("--demo --admin nowhere", ["--admin", "\"nowhere\""]),
        ("--demo --connection-balance exac", ["--connection-balance", "did you mean exact?"]),
        ("--demo stray", ["stray"]),
    ]

    @Test(arguments: refused)
    func oneLineNamesTheFlagAndTheWayOut(_ line: String, _ words: [String]) {
        let said = complaint(line)
        for word in words { #expect(said.contains(word), "\(line): \(said)") }
        #expect(!said.contains("\n"), "\(line): \(said)")
    }

    @Test func helpStartsWithExamples() throws {
        let end = #expect(throws: OptionsEnd.self) { try Options.read(["--help"]) }
        let help = try #require(end?.text)
        let examples = try #require(help.range(of: "EXAMPLES"))
        let options = try #require(help.range(of: "OPTIONS"))
        #expect(examples.lowerBound < options.lowerBound)
        #expect(end?.isSuccess == true)
        for line in help.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
    }

    @Test func theVersionIsSaid() {
        let end = #expect(throws: OptionsEnd.self) { try Options.read(["--version"]) }
        #expect(end == OptionsEnd(isSuccess: true, text: "weir 0.1.0"))
    }

    @Test func fingerprintsTellConfigurationsApart() throws {
        let one = try settings("--listen 127.0.0.1:1 --upstream 127.0.0.1:3").proxy
        let same = try settings("--listen 127.0.0.1:1 --upstream 127.0.0.1:3").proxy
        let other = try settings("--listen 127.0.0.1:1 --upstream 127.0.0.1:4").proxy
        #expect(one.fingerprint == same.fingerprint)
        #expect(one.fingerprint != other.fingerprint)
        #expect(one.fingerprint.count == 16)
        var exact = one
        exact.connectionBalance = .exact
        #expect(one.fingerprint != exact.fingerprint)
    }
}
