// What the program knows of its terminal: colours only where they are wanted (a terminal, no
// NO_COLOR, not TERM=dumb), the width from COLUMNS, stdout for data and stderr for notices. Nothing
// else in the program touches a descriptor.

import Glibc

enum Terminal {
    static let hasColours =
        isatty(STDOUT_FILENO) == 1 && (environment("NO_COLOR") ?? "").isEmpty
        && environment("TERM") != "dumb"

    /// From COLUMNS; nil means lines may be as long as they are.
    static let columns = environment("COLUMNS").flatMap { Int($0) }.flatMap { $0 >= 20 ? $0 : nil }

    static func bold(_ text: String) -> String { hasColours ? "\u{1b}[1m\(text)\u{1b}[0m" : text }

    static func dim(_ text: String) -> String { hasColours ? "\u{1b}[2m\(text)\u{1b}[0m" : text }

    static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    static func write(_ text: String) { send(text, to: STDOUT_FILENO) }

    static func notice(_ text: String) { send(text + "\n", to: STDERR_FILENO) }

    private static func send(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
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
