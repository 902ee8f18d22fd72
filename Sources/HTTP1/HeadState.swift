// What the fields of a head have said so far about framing and about the connection. A value on
// the stack of one parse.
// Scratch of one parse, on the stack of the thread that parses.

/// What is being parsed: which fields mean something depends on it.
enum HeadKind: UInt8 {
    case request
    case response
    case trailers
}

/// Gathered by `HeadParser+Actions` line by line, judged when the head is complete.
struct HeadState {
    let kind: HeadKind
    let version: Version
    /// Connection options.
    var hasClose = false
    var hasKeepAlive = false
    var hasUpgrade = false
    /// Connection names fields that must not pass.
    var hasNominations = false
    /// Upgrade lists nothing that must not be switched to.
    var mayUpgrade = true
    var acceptsTrailers = false
    var expectsContinue = false
    var hasLength = false
    var hasChunked = false
    /// A transfer coding that we cannot decode.
    var hasOtherCoding = false
    var hostField: Int16 = -1
    /// Connection options seen, bounded.
    var optionCount: UInt16 = 0
    var length: UInt64 = 0

    /// More options than this are refused: each is compared with each field.
    static var optionsMax: UInt16 { 32 }

    init(kind: HeadKind, version: Version) {
        self.kind = kind
        self.version = version
    }

    /// RFC 9112 section 9.3.
    var keepAlive: Bool { !hasClose && (version == .http11 || hasKeepAlive) }

    /// What is wrong with the framing fields taken together (RFC 9112 section 6.3).
    var framingRefusal: HeadRefusal? {
        let hasCoding = hasChunked || hasOtherCoding
        if hasLength && hasCoding { return .lengthAndTransferEncoding }
        if hasOtherCoding { return .transferCodingUnsupported }
        return nil
    }
}
