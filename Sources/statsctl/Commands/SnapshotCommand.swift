// `statsctl snapshot`: a consistent copy of one moment while weir writes on, whole in one file:
// for a bug report, a look elsewhere, or a backup. cp of a live file misses its WAL; this does
// not. A file that is there already is never written over.

import ArgumentParser
import Glibc
import History

struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "Copies the history consistently while weir runs.",
        usage: "statsctl snapshot <target> [--db <file>]",
        discussion: """
            EXAMPLES:
              statsctl snapshot incident.db
              statsctl --db /var/lib/weir/weir.db snapshot /backup/weir.db
              statsctl --db incident.db why 14:03
            """)

    @Argument(help: "The new file.", completion: .file())
    var target: String

    @OptionGroup var store: StoreOptions

    func run() throws {
        let reader = try store.open()
        guard unsafe access(target, F_OK) != 0 else {
            throw Failure.usage("\(target): there already; choose a name that is free")
        }
        Terminal.progress("copying \(store.db)")
        defer { Terminal.progress("") }
        try reader.copy(to: target)
        let copy = try HistoryReader(path: target).info()
        Terminal.notice(
            "statsctl: \(target): \(UnitText.human(bytes: copy.fileBytes));"
                + " ask it with --db \(target)")
    }
}
