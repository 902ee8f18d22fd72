// What a fuzz target is: any bytes go in, and either all laws hold or it says which one does not.
// Traps and sanitizer reports are the fuzzer's to notice. Targets keep no state between inputs that
// could change an outcome, so that an input alone reproduces a finding. One thread each.

import Foundation

protocol FuzzTarget {
    static var name: String { get }
    /// Inputs to begin with, besides those in Corpus/NAME.
    static func seeds() -> [[UInt8]]
    /// nil when the code under test did what it promises; otherwise what it did, in words.
    static func complaint(about input: [UInt8]) -> String?
}

enum FuzzTargets {
    static var all: [any FuzzTarget.Type] {
        [PromQLText.self, ChunkDecoding.self, OpenMetricsImporting.self, HTTPHead.self]
    }

    /// The folder of the sources: Tests/Fuzz.
    static let folder: String = {
        let parts = #filePath.split(separator: "/").dropLast(2)
        return "/" + parts.joined(separator: "/")
    }()

    /// Text seeds of one file: separated by lines of four dashes.
    static func texts(_ name: String) -> [[UInt8]] {
        let text = (try? String(contentsOfFile: "\(folder)/Corpus/\(name)", encoding: .utf8)) ?? ""
        return text.components(separatedBy: "----\n").filter { !$0.isEmpty }.map { Array($0.utf8) }
    }
}

/// Takes an input apart, from its front; after the end every number is 0.
struct InputReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ input: [UInt8]) { rest = input[...] }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    /// 0..<limit, from two bytes.
    mutating func number(below limit: Int) -> Int {
        (Int(byte()) | Int(byte()) << 8) % limit
    }

    mutating func bytes(atMost count: Int) -> [UInt8] {
        let taken = Array(rest.prefix(count))
        rest = rest.dropFirst(count)
        return taken
    }

    mutating func word() -> UInt64 {
        (0..<8).reduce(UInt64(0)) { $0 | UInt64(byte()) << UInt64(8 * $1) }
    }
}
