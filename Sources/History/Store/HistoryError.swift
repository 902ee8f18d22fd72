// What can go wrong between weir and the disk, as one typed error: which call, which SQLite (or
// errno) code, which file, and the way out in words a person can act on. Any thread.
// A bad frame inside the file is not an error of this kind: bytes are judged by results
// (`FrameFault`), never thrown.

/// A failure of the environment around a history file.
public struct HistoryError: Error, Sendable, CustomStringConvertible {
    /// What kind of trouble it is; decides whether trying again can help.
    public enum Reason: Sendable, Equatable {
        /// No file at the path.
        case missing
        /// The file or its folder may not be read or written by this user.
        case denied
        /// The file exists but is not a weir history (or is empty).
        case notAHistory
        /// The file was written by a newer weir.
        case newerVersion(found: Int, known: Int)
        /// Another weir writes this file.
        case alreadyWriting
        /// Somebody holds a lock for too long.
        case busy
        /// No space left, a quota, or a page limit.
        case full
        /// The disk or the file system failed.
        case inputOutput
        /// SQLite found damage.
        case corrupt
        /// Anything else.
        case other
    }

    public let reason: Reason
    /// What was being done: "open", "append a frame", ...
    public let call: String
    /// Extended SQLite result code, or errno when `isSystemCode`.
    public let code: Int32
    public let isSystemCode: Bool
    public let path: String
    /// The library's or the kernel's own words.
    public let detail: String

    public init(
        _ reason: Reason, call: String, code: Int32 = 0, isSystemCode: Bool = false,
        path: String, detail: String
    ) {
        self.reason = reason
        self.call = call
        self.code = code
        self.isSystemCode = isSystemCode
        self.path = path
        self.detail = detail
    }

    /// True when the same call may succeed later without anybody doing anything to the file.
    public var isTransient: Bool {
        switch reason {
        case .busy, .full, .inputOutput, .alreadyWriting: true
        case .missing, .denied, .notAHistory, .newerVersion, .corrupt, .other: false
        }
    }

    /// True when bytes of the file are not what they were: SQLite itself said so.
    public var isDamage: Bool { reason == .corrupt || reason == .notAHistory && code != 0 }

    /// One line: the file, the call, what happened, and the way out.
    public var description: String {
        let number =
            code == 0 ? "" : isSystemCode ? " (errno \(code))" : " (SQLite \(code))"
        let out = wayOut
        return "\(path): \(call): \(detail)\(number)" + (out.isEmpty ? "" : "; " + out)
    }

    private var wayOut: String {
        switch reason {
        case .missing: "check the path, or name another file"
        case .denied: "give this user access to the file and its folder, or choose another path"
        case .notAHistory: "it is left alone: name a file written by weir, or a new one"
        case .newerVersion: "use the weir and statsctl that wrote it, or newer ones"
        case .alreadyWriting: "one weir writes a history: stop it, or choose another --history FILE"
        case .busy: "another program holds a lock: try again, or find and stop it"
        case .full: "free some space; nothing counted is lost, the next write carries it"
        case .inputOutput: "look at the disk; nothing counted is lost, the next write carries it"
        case .corrupt:
            "`statsctl db verify` names what is readable; weir moves it aside and begins a new one"
        case .other: ""
        }
    }
}
