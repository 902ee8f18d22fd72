// The environment said no: which call, which errno, about what. Thrown while setting up
// (bind, open, spawn), where a message for a person is worth a String. Never used for what a
// peer does on a connection: that is `IOResult`, without an allocation. Any thread.
internal import CLinux

/// A failed system call with its subject.
public struct SystemError: Error, Sendable, CustomStringConvertible {
    /// The call's name, such as "bind".
    public let call: StaticString
    /// The error number, above 0.
    public let errno: Int32
    /// What the call was about: an address, a path, a thread's name. May be empty.
    public let subject: String

    public init(call: StaticString, errno: Int32, subject: String) {
        self.call = call
        self.errno = errno
        self.subject = subject
    }

    /// "bind 127.0.0.1:80: Permission denied".
    public var description: String {
        let what = subject.isEmpty ? "\(call)" : "\(call) \(subject)"
        return "\(what): \(Self.text(errno))"
    }

    /// The operating system's English text for an error number; "error 4711" for an unknown one.
    public static func text(_ errno: Int32) -> String {
        guard let text = unsafe clinux_error_text(errno) else { return "error \(errno)" }
        return unsafe String(cString: text)
    }
}
