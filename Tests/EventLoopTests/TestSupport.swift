// What the tests of this module share: seeded random numbers, a temporary folder, socket pairs,
// and the parent suite `Kernel`, whose tests open descriptors and therefore run one after the
// other: some of them count the process's descriptors or lower its limit.
import Glibc
import Testing

@testable import EventLoop

/// Parent of every suite that opens descriptors.
@Suite(.serialized) enum Kernel {}

/// SplitMix64: small, and the seed in a failure message reproduces the run.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Two connected non-blocking UNIX stream sockets, closed by deinit.
struct SocketPair: ~Copyable {
    let left: FileDescriptor
    let right: FileDescriptor

    init() {
        var numbers: [Int32] = [0, 0]
        let type = Int32(SOCK_STREAM.rawValue) | 0o4000 | 0o2000000
        precondition(socketpair(AF_UNIX, type, 0, &numbers) == 0, "BUG: socketpair")
        left = FileDescriptor(owning: numbers[0])
        right = FileDescriptor(owning: numbers[1])
    }
}

/// A folder of its own, removed by deinit with the plain files in it.
struct TemporaryFolder: ~Copyable {
    let path: String

    init() {
        var template = Array("/tmp/weir-eventloop-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "BUG: mkdtemp")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) {
                    String(decoding: $0.prefix(while: { $0 != 0 }), as: UTF8.self)
                }
                unlink("\(path)/\(name)")
            }
            closedir(directory)
        }
        rmdir(path)
    }
}

/// Sends a text as bytes.
func send(_ fd: Int32, _ text: String) -> IOResult {
    Array(text.utf8).withUnsafeBytes { Syscall.send(fd, $0) }
}

/// Receives at most `limit` bytes as text, with the raw result.
func receive(_ fd: Int32, limit: Int = 4096) -> (result: IOResult, text: String) {
    var bytes = [UInt8](repeating: 0, count: limit)
    let result = bytes.withUnsafeMutableBytes { Syscall.receive(fd, into: $0) }
    if case .bytes(let count) = result {
        return (result, String(decoding: bytes[..<count], as: UTF8.self))
    }
    return (result, "")
}

/// An address that must parse.
func address(_ text: String) throws -> SocketAddress {
    try SocketAddress.parse(text).get()
}

/// Waits for the events of one turn, at most ten seconds.
func turn(_ poller: borrowing Poller, timeoutMillis: Int32 = 10_000) -> [Token: Readiness] {
    let count = poller.wait(timeoutMillis: timeoutMillis)
    var found: [Token: Readiness] = [:]
    for index in 0..<count {
        let event = poller.event(index)
        found[event.token] = event.readiness
    }
    return found
}
