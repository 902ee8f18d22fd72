// A short fingerprint of a configuration for the history's boot row: equal configurations have
// equal fingerprints, also across runs and machines, so that "what changed?" can be answered.
// FNV-1a over the text of the parts; not a security measure. Any thread.

import EventLoop

extension ProxyConfig {
    /// 16 hex digits.
    var fingerprint: String {
        var parts: [String] = []
        for listener in listeners {
            parts.append("listener \(listener.name) \(listener.address) \(listener.cluster)")
        }
        for cluster in clusters {
            let endpoints = cluster.endpoints.map(\.description).joined(separator: ",")
            parts.append("cluster \(cluster.name) \(endpoints)")
        }
        let body = limits.requestBodyBytesMax.map(String.init) ?? "unlimited"
        parts.append("timeouts \(timeouts.headNanos) \(timeouts.idleNanos)")
        parts.append("\(timeouts.connectNanos) \(timeouts.responseNanos) body \(body)")
        if connectionBalance != .kernel { parts.append("balance \(connectionBalance)") }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in parts.joined(separator: "\n").utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        let hex = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - hex.utf8.count) + hex
    }
}
