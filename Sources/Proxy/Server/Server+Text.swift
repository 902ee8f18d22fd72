// What the server says on stdout: where everything is, and at the end what went through.
// Each is said once. The texts themselves are pure functions, StartText and Summary. Main
// thread.

import EventLoop
import Stats

extension Server {
    /// Once, when it is known whether there is a history.
    func sayStart() {
        if hasSaidStart { return }
        hasSaidStart = true
        let text = StartText(
            config: config, admin: admin?.address, history: history?.startText ?? "none",
            statsd: settings.statsd?.address, workers: workers.count, isDemo: settings.isDemo,
            statsctl: statsctl, historyPath: history?.isOpen == true ? history?.path : nil)
        Output.say(text.text())
        Machine.shedStartPages()
    }

    func sayEnd() {
        guard let lastSnapshot else { return }
        let summary = Summary(
            snapshot: lastSnapshot, uptimeNanos: Clock.monotonicNanos() - startNanos,
            historyPath: history?.hasWritten == true ? history?.path : nil, statsctl: statsctl)
        Output.say(summary.text())
    }

    /// statsctl lies beside weir: named as weir was.
    private var statsctl: String {
        guard let slash = programPath.lastIndex(of: "/") else { return "statsctl" }
        return programPath[...slash] + "statsctl"
    }
}
