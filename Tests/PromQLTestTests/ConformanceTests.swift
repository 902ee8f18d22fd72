// Every `.test` file: our own cases always, Prometheus' where its files are at hand: the folder
// that WEIR_PROMQLTEST names, or ../shared/promqltest beside the package. One failing eval
// fails the test and is named with its line.

import Foundation
import Testing

@testable import PromQLTest

@Suite struct ConformanceTests {
    private static let package = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let own = files(in: package.appending(path: "Tests/PromQLTests/Cases"))

    static let shared: [URL] = {
        let named = ProcessInfo.processInfo.environment["WEIR_PROMQLTEST"]
        let folder =
            named.map { URL(filePath: $0) }
            ?? package.deletingLastPathComponent().appending(path: "shared/promqltest")
        let found = files(in: folder)
        if found.isEmpty {
            print("Prometheus' .test files are not in \(folder.path()): only our own cases run")
        }
        return found
    }()

    private static func files(in folder: URL) -> [URL] {
        let all = try? FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil)
        return (all ?? []).filter { $0.pathExtension == "test" }.sorted { $0.path() < $1.path() }
    }

    @Test func ownCasesAreThere() {
        #expect(Self.own.count >= 10)
    }

    @Test(arguments: own)
    func passesOwn(file: URL) throws {
        try run(file, hints: .compared)
    }

    @Test(arguments: shared)
    func passesShared(file: URL) throws {
        try run(file, hints: .ignored)
    }

    private func run(_ file: URL, hints: ScriptRunner.HintCheck) throws {
        let name = file.lastPathComponent
        let script = try Script(String(contentsOf: file, encoding: .utf8))
        let report = try ScriptRunner.run(script, hints: hints)
        #expect(report.outcomes.count == script.evaluations)
        for failure in report.failures {
            Issue.record("\(name):\(failure.line): \(failure.query): \(failure.difference ?? "")")
        }
    }
}
