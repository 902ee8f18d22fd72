// Why a body was refused: broken chunked framing (RFC 9112 section 7.1) or a trailer section that
// cannot be passed on. After one of these the connection is of no more use.
// The lists are closed: a new reason is a new case, a label and a test vector.

/// What is wrong with a body. Raw values are contiguous from 0 and index counters.
public enum BodyRefusal: UInt8, CaseIterable, Sendable, BitwiseCopyable {
    case chunkSizeInvalid
    case chunkExtensionInvalid
    case chunkLineTooLong
    case chunkLineEndInvalid
    case chunkDataEndInvalid
    case trailerInvalid
    case trailersTooLarge

    /// Status for the client that sent such a body.
    public var status: UInt16 {
        switch self {
        case .chunkSizeInvalid, .chunkExtensionInvalid, .chunkLineTooLong, .chunkLineEndInvalid,
            .chunkDataEndInvalid, .trailerInvalid:
            400
        case .trailersTooLarge: 431
        }
    }

    /// The counter's `reason` label, snake_case.
    public var label: String {
        switch self {
        case .chunkSizeInvalid: "chunk_size_invalid"
        case .chunkExtensionInvalid: "chunk_extension_invalid"
        case .chunkLineTooLong: "chunk_line_too_long"
        case .chunkLineEndInvalid: "chunk_line_end_invalid"
        case .chunkDataEndInvalid: "chunk_data_end_invalid"
        case .trailerInvalid: "trailer_invalid"
        case .trailersTooLarge: "trailers_too_large"
        }
    }
}
