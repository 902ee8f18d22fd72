// What became of a request that did not simply succeed: one closed list, from which the status for
// the client, the side to blame, the chance of a retry and the counter's labels all follow. A
// refused request head is not here: HTTP1.HeadRefusal is that list.

/// How a request ended for the endpoint that it was sent to.
enum EndpointResult {
    case succeeded
    /// 5xx, no response, or a broken one.
    case failed
    /// The client or weir itself ended it.
    case cancelled
}

/// One failure of one request.
enum Outcome: UInt8, CaseIterable, Sendable {
    case connectFailed
    case connectTimeout
    case upstreamOverflow
    case upstreamDescriptors
    case upstreamReset
    case upstreamClosedPooled
    case responseTimeout
    case responseStalled
    case responseMalformed
    case responseBodyMalformed
    case responseTruncated
    case headTimeout
    case requestStalled
    case requestTooLarge
    case requestBodyMalformed
    case clientClosed
    case clientClosedInBody
    case clientSlow
    case outOfBuffers
    case drained

    enum Side: String, Sendable {
        case client
        case upstream
        case `internal`
    }

    var side: Side {
        switch self {
        case .connectFailed, .connectTimeout, .upstreamReset, .upstreamClosedPooled,
            .responseTimeout, .responseStalled, .responseMalformed, .responseBodyMalformed,
            .responseTruncated:
            .upstream
        case .headTimeout, .requestStalled, .requestTooLarge, .requestBodyMalformed, .clientClosed,
            .clientClosedInBody, .clientSlow:
            .client
        case .upstreamOverflow, .upstreamDescriptors, .outOfBuffers, .drained:
            .internal
        }
    }

    /// What the endpoint is charged with: only what it did itself.
    var endpointResult: EndpointResult { side == .upstream ? .failed : .cancelled }

    /// True when the upstream cannot have acted on the request, so that sending it again is safe.
    var isRetryable: Bool {
        switch self {
        case .connectFailed, .connectTimeout, .upstreamOverflow, .upstreamDescriptors,
            .outOfBuffers, .upstreamClosedPooled:
            true
        case .upstreamReset, .responseTimeout, .responseStalled, .responseMalformed,
            .responseBodyMalformed, .responseTruncated, .headTimeout, .requestStalled,
            .requestTooLarge, .requestBodyMalformed, .clientClosed, .clientClosedInBody,
            .clientSlow, .drained:
            false
        }
    }

    /// Status for the client when no response head has been sent yet (499: nobody to tell).
    var status: UInt16 {
        switch self {
        case .connectFailed, .connectTimeout, .upstreamOverflow, .upstreamDescriptors,
            .outOfBuffers, .drained:
            503
        case .upstreamReset, .upstreamClosedPooled, .responseMalformed, .responseBodyMalformed,
            .responseTruncated:
            502
        case .responseTimeout, .responseStalled: 504
        case .headTimeout, .requestStalled: 408
        case .requestTooLarge: 413
        case .requestBodyMalformed: 400
        case .clientClosed, .clientClosedInBody, .clientSlow: 499
        }
    }

    /// The counter's `kind` label.
    var label: String {
        switch self {
        case .connectFailed: "connect_failed"
        case .connectTimeout: "connect_timeout"
        case .upstreamOverflow: "upstream_overflow"
        case .upstreamDescriptors: "upstream_descriptors"
        case .upstreamReset: "upstream_reset"
        case .upstreamClosedPooled: "upstream_closed_pooled"
        case .responseTimeout: "response_timeout"
        case .responseStalled: "response_stalled"
        case .responseMalformed: "response_malformed"
        case .responseBodyMalformed: "response_body_malformed"
        case .responseTruncated: "response_truncated"
        case .headTimeout: "head_timeout"
        case .requestStalled: "request_stalled"
        case .requestTooLarge: "request_too_large"
        case .requestBodyMalformed: "request_body_malformed"
        case .clientClosed: "client_closed"
        case .clientClosedInBody: "client_closed_in_body"
        case .clientSlow: "client_slow"
        case .outOfBuffers: "out_of_buffers"
        case .drained: "drained"
        }
    }
}
