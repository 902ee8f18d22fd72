// The filter chain: what happens to each request between parsing and routing, on its worker, in
// this order. A filter is a small struct in a file of its own with `apply`; to add one, write that
// file and name it here twice. The chain is a struct of structs, so the calls are direct and
// nothing is allocated.

/// What a filter says about a request.
enum FilterVerdict {
    case next
    /// Answer the client at once; nothing is sent upstream.
    case reply(status: UInt16, reason: StaticString)
}

/// The filters of a listener, in order. One value per worker: state is never shared.
struct FilterChain {
    var requestID: RequestIDFilter
    var forwarded: ForwardedFilter

    mutating func apply(to request: inout RequestContext) -> FilterVerdict {
        if case .reply(let status, let reason) = requestID.apply(to: &request) {
            return .reply(status: status, reason: reason)
        }
        return forwarded.apply(to: &request)
    }
}
