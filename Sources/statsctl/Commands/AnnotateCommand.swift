// `statsctl annotate`: puts a mark on the time axis, next to weir's own events, for `diff
// --around`, `why` and charts. A history has one writer: while a weir runs, the file is its
// own.

import ArgumentParser
import History

struct AnnotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "annotate",
        abstract: "Puts a mark on the time axis of a history at rest.",
        discussion: """
            EXAMPLES:
              statsctl annotate 'load test begins' --at 14:03
              statsctl annotate 'deploy 4f2a91c' --subject api --kind deploy

            Works while no weir writes the file: a history has one writer.
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
        try store.edit { history throws(HistoryError) in
            try history.record(event: kind, subject: subject, text: text, atMillis: time)
        }
        Terminal.notice("statsctl: marked \(TimeText.localTime(millis: time))  \(text)")
    }
}
