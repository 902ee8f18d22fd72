// What the program knows of its terminal: colours only where they are wanted (a terminal, no
// NO_COLOR, not TERM=dumb), the size from COLUMNS and LINES or the terminal itself, stdout for
// data and stderr for notices. Output can be held back and sent as one piece, which is how `watch`
// draws without flicker. Nothing else in the program writes to a descriptor.

import Glibc
import Synchronization

enum Terminal {
    static let isInteractive = isatty(STDOUT_FILENO) == 1

    static let hasColours =
        isInteractive && (environment("NO_COLOR") ?? "").isEmpty
        && environment("TERM") != "dumb"

    /// From COLUMNS, else from the terminal; nil means lines may be as long as they are. Asked each
    /// time: `watch` sees its terminal change.
    static var columns: Int? { size("COLUMNS", least: 20) { Int($0.ws_col) } }

    static var rows: Int? { size("LINES", least: 5) { Int($0.ws_row) } }

    /// Width of charts.
    static var chartColumns: Int { min(columns ?? 80, 200) }

    private static func size(_ name: String, least: Int, _ part: (winsize) -> Int) -> Int? {
        if let chosen = environment(name).flatMap({ Int($0) }) {
            return chosen >= least ? chosen : nil
        }
        var size = winsize()
        guard isInteractive, unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 else {
            return nil
        }
        return part(size) >= least ? part(size) : nil
    }

    static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    static func write(_ text: String) {
        if !hold(text) { send(text, to: STDOUT_FILENO) }
    }

    /// Large pieces, without becoming text unless they are held back.
    static func write(_ bytes: [UInt8]) {
        if held.withLock({ $0 == nil }) {
            send(bytes, to: STDOUT_FILENO)
        } else {
            _ = hold(String(decoding: bytes, as: UTF8.self))
        }
    }

    static func notice(_ text: String) {
        if !hold(text + "\n") { send(text + "\n", to: STDERR_FILENO) }
    }

    /// A line that the next one replaces; only on a terminal. "" clears it.
    static func progress(_ text: String) {
        guard isatty(STDERR_FILENO) == 1, !hold("") else { return }
        send("\r\u{1b}[K" + text, to: STDERR_FILENO)
    }

    /// What `body` writes, notices among it.
    static func holding(_ body: () -> Void) -> String {
        held.withLock { $0 = "" }
        body()
        return held.withLock { text in
            defer { text = nil }
            return text ?? ""
        }
    }

    /// nil while everything goes out at once.
    private static let held = Mutex<String?>(nil)

    private static func hold(_ text: String) -> Bool {
        held.withLock { kept in
            if kept == nil { return false }
            kept?.append(text)
            return true
        }
    }

    private static func send(_ text: String, to descriptor: Int32) {
        send(Array(text.utf8), to: descriptor)
    }

    private static func send(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                if descriptor == STDERR_FILENO || errno == EPIPE { return }
                let reason = unsafe String(cString: strerror(errno))
                notice("statsctl: standard output: \(reason)")
                exit(3)
            }
            rest = rest.dropFirst(count)
        }
    }
}
