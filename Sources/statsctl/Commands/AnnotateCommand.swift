// `statsctl annotate`: puts a mark on the time axis, next to weir's own events, for `diff
// --around`, `why` and charts. A history has one writer: a running weir is asked to write it.
// What it may say is judged before anything is opened.

import ArgumentParser
import History

struct AnnotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "annotate",
        abstract: "Puts a mark on the time axis of a history.",
        discussion: """
            EXAMPLES:
              statsctl annotate 'load test begins' --at 14:03
              statsctl annotate 'deploy 4f2a91c' --subject api --kind deploy
              statsctl annotate 'deploy 4f2a91c' --url http://127.0.0.1:9901

            While a weir writes the file, that weir is asked to do it, by its admin address.
            """)

    @Argument(help: "What happened.")
    var text: String

    @Option(help: ArgumentHelp("When; now unless given.", valueName: "time"))
    var at: String?

    @Option(help: ArgumentHelp("A word to find it by.", valueName: "kind"))
    var kind = "annotation"

    @Option(help: ArgumentHelp("What it is about: a cluster, a host.", valueName: "name"))
    var subject = ""

    @OptionGroup var store: StoreOptions

    func run() throws {
        let now = StoreOptions.nowMillis
        let time = try at.map { try TimeArgument.required("--at", $0, now: now) } ?? now
        let mark = HistoryMark.annotation(
            kind: kind, subject: subject, text: text, atMillis: time)
        _ = try MarkTarget.put(mark, store)
        Terminal.notice("statsctl: marked \(TimeText.localTime(millis: time))  \(text)")
    }
}
