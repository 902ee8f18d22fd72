// The two functions that libFuzzer calls. WEIR_FUZZ_TARGET names the target of the process;
// WEIR_FUZZ_SEEDS names a folder to write its seeds into, and then nothing is fuzzed. A complaint
// of a target ends the process, so that libFuzzer keeps the input. One thread.

import Foundation

/// Set once, before the first input.
nonisolated(unsafe) private var chosen: (any FuzzTarget.Type)?

@_cdecl("LLVMFuzzerInitialize")
public func initialize(
    _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutableRawPointer
) -> CInt {
    let environment = ProcessInfo.processInfo.environment
    let name = environment["WEIR_FUZZ_TARGET"] ?? ""
    guard let target = FuzzTargets.all.first(where: { $0.name == name }) else {
        let names = FuzzTargets.all.map { $0.name }.joined(separator: ", ")
        print("WEIR_FUZZ_TARGET: \"\(name)\" is no target; there are \(names)")
        exit(2)
    }
    chosen = target
    if let folder = environment["WEIR_FUZZ_SEEDS"] {
        for (index, seed) in target.seeds().enumerated() {
            let path = "\(folder)/seed-\(index)"
            guard FileManager.default.createFile(atPath: path, contents: Data(seed)) else {
                print("\(path): cannot be written")
                exit(3)
            }
        }
        exit(0)
    }
    return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    if let complaint = chosen?.complaint(about: input) {
        fatalError("\(chosen?.name ?? ""): \(complaint)")
    }
    return 0
}
