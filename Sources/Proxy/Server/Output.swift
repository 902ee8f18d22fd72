// Whole texts to stdout and stderr without being held up: the descriptor is asked first, a text
// is given up when there is no room within the limit. A closed pipe is an error return, since
// SIGPIPE is ignored. Any thread but workers.

import Glibc

/// Writing to descriptors that may be pipes, terminals or files.
enum Output {
    /// True when all of `bytes` was written. Waits at most `waitMillis` for room in total rounds
    /// of 4 KiB.
    @discardableResult
    static func write(_ bytes: [UInt8], to fd: Int32, waitMillis: Int32) -> Bool {
        var offset = 0
        while offset < bytes.count {
            guard hasRoom(fd, waitMillis: waitMillis) else { return false }
            let count = min(4096, bytes.count - offset)
            let result = unsafe bytes.withUnsafeBytes { all in
                unsafe Glibc.write(fd, all.baseAddress! + offset, count)
            }
            if result < 0 && errno != EINTR { return false }
            offset += max(0, result)
        }
        return true
    }

    /// A text on stdout, such as the start-up text: a slow reader gets a fifth of a second.
    static func say(_ text: String) {
        write(Array((text + "\n").utf8), to: STDOUT_FILENO, waitMillis: 200)
    }

    /// One line on stderr for whoever started the program: "weir: text".
    static func complain(_ text: String) {
        write(Array("weir: \(text)\n".utf8), to: STDERR_FILENO, waitMillis: 200)
    }

    private static func hasRoom(_ fd: Int32, waitMillis: Int32) -> Bool {
        var entry = pollfd(fd: fd, events: Int16(POLLOUT), revents: 0)
        let count = unsafe poll(&entry, 1, waitMillis)
        return count > 0 && Int32(entry.revents) & POLLOUT != 0
    }
}
