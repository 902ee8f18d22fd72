// Why a head was refused: one closed list from which the status for the client and the counter's
// label follow. A refused head is never forwarded. RFC 9110, RFC 9112; RFC 9112 section 11.2 is
// the reason for most of them (request smuggling).

/// The first thing that is wrong with a head. Raw values are contiguous from 0 and index counters.
public enum HeadRefusal: UInt8, CaseIterable, Sendable, BitwiseCopyable {
    case headTooLarge
    case targetTooLong
    case tooManyFields
    case methodInvalid
    case connectUnsupported
    case targetInvalid
    case targetFragment
    case targetUserinfo
    case targetAsterisk
    case versionInvalid
    case versionUnsupported
    case statusLineInvalid
    case bareCarriageReturn
    case bareLineFeed
    case nulByte
    case controlByte
    case leadingWhitespace
    case obsoleteFold
    case spaceBeforeColon
    case fieldNameInvalid
    case hostMissing
    case hostRepeated
    case hostInvalid
    case contentLengthInvalid
    case contentLengthDiffers
    case lengthAndTransferEncoding
    case transferEncodingInHTTP10
    case transferEncodingInvalid
    case transferCodingUnsupported
    case connectionInvalid
    case connectionProtected
    case expectationUnsupported

    /// Status for the client that sent such a request. A response head refused for any reason is
    /// the upstream's fault and a 502, whatever this says.
    public var status: UInt16 {
        switch self {
        case .headTooLarge, .tooManyFields: 431
        case .targetTooLong: 414
        case .connectUnsupported, .transferCodingUnsupported: 501
        case .versionUnsupported: 505
        case .expectationUnsupported: 417
        case .statusLineInvalid: 502
        case .methodInvalid, .targetInvalid, .targetFragment, .targetUserinfo, .targetAsterisk,
            .versionInvalid, .bareCarriageReturn, .bareLineFeed, .nulByte, .controlByte,
            .leadingWhitespace, .obsoleteFold, .spaceBeforeColon, .fieldNameInvalid, .hostMissing,
            .hostRepeated, .hostInvalid, .contentLengthInvalid, .contentLengthDiffers,
            .lengthAndTransferEncoding, .transferEncodingInHTTP10, .transferEncodingInvalid,
            .connectionInvalid, .connectionProtected:
            400
        }
    }

    /// The counter's `reason` label, snake_case.
    public var label: String {
        switch self {
        case .headTooLarge: "head_too_large"
        case .targetTooLong: "target_too_long"
        case .tooManyFields: "too_many_fields"
        case .methodInvalid: "method_invalid"
        case .connectUnsupported: "connect_unsupported"
        case .targetInvalid: "target_invalid"
        case .targetFragment: "target_fragment"
        case .targetUserinfo: "target_userinfo"
        case .targetAsterisk: "target_asterisk"
        case .versionInvalid: "version_invalid"
        case .versionUnsupported: "version_unsupported"
        case .statusLineInvalid: "status_line_invalid"
        case .bareCarriageReturn: "bare_carriage_return"
        case .bareLineFeed: "bare_line_feed"
        case .nulByte: "nul_byte"
        case .controlByte: "control_byte"
        case .leadingWhitespace: "leading_whitespace"
        case .obsoleteFold: "obsolete_fold"
        case .spaceBeforeColon: "space_before_colon"
        case .fieldNameInvalid: "field_name_invalid"
        case .hostMissing: "host_missing"
        case .hostRepeated: "host_repeated"
        case .hostInvalid: "host_invalid"
        case .contentLengthInvalid: "content_length_invalid"
        case .contentLengthDiffers: "content_length_differs"
        case .lengthAndTransferEncoding: "length_and_transfer_encoding"
        case .transferEncodingInHTTP10: "transfer_encoding_in_http10"
        case .transferEncodingInvalid: "transfer_encoding_invalid"
        case .transferCodingUnsupported: "transfer_coding_unsupported"
        case .connectionInvalid: "connection_invalid"
        case .connectionProtected: "connection_protected"
        case .expectationUnsupported: "expectation_unsupported"
        }
    }
}
