// A short round of `make crash`: a writer in a process of its
// own, killed ten times at random moments.

import Foundation
import Testing

@Suite struct CrashTests {
    @Test func killedWritersLoseAtMostOneFlush() throws {
        let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent()
        let program = folder.appendingPathComponent("HistoryCrash")
        let process = Process()
        process.executableURL = program
        process.arguments = ["run", "10"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(text)")
    }
}
