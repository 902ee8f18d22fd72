// Every seed and every input of the corpus through its target, as the fuzzer would do it but
// without the fuzzer: what it once found stays found. Seeds cut off and changed follow, the same
// ones each time.

import Foundation
import Testing

/// One target's inputs at a time: some targets keep files.
@Suite(.serialized) struct ReplayTests {
    /// Inputs that the fuzzer found or that were made by hand, by file name.
    private static func corpus(_ target: any FuzzTarget.Type) -> [(name: String, bytes: [UInt8])] {
        let folder = "\(FuzzTargets.folder)/Corpus/\(target.name)"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().compactMap { name in
            FileManager.default.contents(atPath: "\(folder)/\(name)").map { (name, Array($0)) }
        }
    }

    @Test(arguments: FuzzTargets.all.map { $0.name })
    func everyInputIsFine(name: String) throws {
        let target = try #require(FuzzTargets.all.first { $0.name == name })
        let seeds = target.seeds()
        #expect(seeds.count >= 10, "the seeds are there")
        for (index, seed) in seeds.enumerated() {
            let complaint = target.complaint(about: seed)
            #expect(complaint == nil, "seed \(index): \(readable(seed))")
        }
        for (file, bytes) in Self.corpus(target) {
            let complaint = target.complaint(about: bytes)
            #expect(complaint == nil, "Corpus/\(name)/\(file): \(readable(bytes))")
        }
    }

    @Test(arguments: FuzzTargets.all.map { $0.name })
    func damagedSeedsAreFine(name: String) throws {
        let target = try #require(FuzzTargets.all.first { $0.name == name })
        var state: UInt64 = 1
        for seed in target.seeds() where !seed.isEmpty {
            for _ in 0..<20 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                var bytes = seed
                bytes[Int(state >> 33) % bytes.count] ^= 1 << UInt8(state >> 30 & 7)
                if state >> 29 & 1 == 1 { bytes.removeLast(Int(state >> 40) % bytes.count) }
                let complaint = target.complaint(about: bytes)
                #expect(complaint == nil, "\(readable(bytes))")
            }
        }
    }

    private func readable(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.prefix(200), as: UTF8.self)
    }
}
