// Why bytes from a peer were refused: two closed lists, each case with the status that a client is
// told and the word that labels its counter. RFC 9110 section 15.5, RFC 9112, RFC 6585 (431).

/// A message head that is not forwarded.
public enum HeadRefusal: UInt8, CaseIterable, Sendable {
    case methodInvalid
    case methodUnsupported
    case targetInvalid
    case targetTooLong
    case requestLineInvalid
    case versionInvalid
    case versionUnsupported
    case statusLineInvalid
    case fieldNameInvalid
    case fieldValueInvalid
    case spaceBeforeColon
    case obsFold
    case bareCR
    case bareLF
    case nul
    case headTooLarge
    case tooManyFields
    case hostMissing
    case hostRepeated
    case hostInvalid
    case contentLengthInvalid
    case contentLengthConflict
    case lengthAndTransferEncoding
    case transferEncodingInvalid
    case transferEncodingUnsupported
    case transferEncodingInHTTP10
    case connectionInvalid
    case expectationUnsupported

    /// What a client is answered.
    public var status: UInt16 {
        switch self {
        case .methodUnsupported, .transferEncodingUnsupported: 501
        case .targetTooLong: 414
        case .versionUnsupported: 505
        case .headTooLarge, .tooManyFields: 431
        case .expectationUnsupported: 417
        case .methodInvalid, .targetInvalid, .requestLineInvalid, .versionInvalid,
            .statusLineInvalid, .fieldNameInvalid, .fieldValueInvalid, .spaceBeforeColon, .obsFold,
            .bareCR, .bareLF, .nul, .hostMissing, .hostRepeated, .hostInvalid,
            .contentLengthInvalid, .contentLengthConflict, .lengthAndTransferEncoding,
            .transferEncodingInvalid, .transferEncodingInHTTP10, .connectionInvalid:
            400
        }
    }

    /// The counter's `reason`.
    public var label: String {
        switch self {
        case .methodInvalid: "method_invalid"
        case .methodUnsupported: "method_unsupported"
        case .targetInvalid: "target_invalid"
        case .targetTooLong: "target_too_long"
        case .requestLineInvalid: "request_line_invalid"
        case .versionInvalid: "version_invalid"
        case .versionUnsupported: "version_unsupported"
        case .statusLineInvalid: "status_line_invalid"
        case .fieldNameInvalid: "field_name_invalid"
        case .fieldValueInvalid: "field_value_invalid"
        case .spaceBeforeColon: "space_before_colon"
        case .obsFold: "obs_fold"
        case .bareCR: "bare_cr"
        case .bareLF: "bare_lf"
        case .nul: "nul"
        case .headTooLarge: "head_too_large"
        case .tooManyFields: "too_many_fields"
        case .hostMissing: "host_missing"
        case .hostRepeated: "host_repeated"
        case .hostInvalid: "host_invalid"
        case .contentLengthInvalid: "content_length_invalid"
        case .contentLengthConflict: "content_length_conflict"
        case .lengthAndTransferEncoding: "length_and_transfer_encoding"
        case .transferEncodingInvalid: "transfer_encoding_invalid"
        case .transferEncodingUnsupported: "transfer_encoding_unsupported"
        case .transferEncodingInHTTP10: "transfer_encoding_in_http10"
        case .connectionInvalid: "connection_invalid"
        case .expectationUnsupported: "expectation_unsupported"
        }
    }
}

/// A chunked body that broke its framing. A client is answered 400.
public enum BodyRefusal: UInt8, CaseIterable, Sendable {
    case chunkSizeInvalid
    case chunkSizeTooLarge
    case chunkExtensionInvalid
    case chunkLineTooLong
    case chunkDataUnterminated
    case trailerInvalid
    case trailersTooLarge

    /// The counter's `reason`.
    public var label: String {
        switch self {
        case .chunkSizeInvalid: "chunk_size_invalid"
        case .chunkSizeTooLarge: "chunk_size_too_large"
        case .chunkExtensionInvalid: "chunk_extension_invalid"
        case .chunkLineTooLong: "chunk_line_too_long"
        case .chunkDataUnterminated: "chunk_data_unterminated"
        case .trailerInvalid: "trailer_invalid"
        case .trailersTooLarge: "trailers_too_large"
        }
    }
}
