// Tells the upstream who asked and how: the client's address is appended to `x-forwarded-for`,
// and `x-forwarded-proto` says how the client reached this listener. A value that the client sent
// for the latter is replaced, since this listener knows better; `via` is not added (DESIGN.md).

import HTTP1

struct ForwardedFilter {
    func apply(to request: inout RequestContext) -> FilterVerdict {
        appendForwardedFor(&request)
        request.drop(.xForwardedProto)
        request.additions.append("x-forwarded-proto: http\r\n")
        return .next
    }

    /// One line: what was there, in order, then the client. UNIX socket clients have no address.
    private func appendForwardedFor(_ request: inout RequestContext) {
        if request.peer.count == 0 { return }
        request.additions.append("x-forwarded-for: ")
        var index = request.parser.find(.xForwardedFor) ?? request.parser.fieldCount
        while index < request.parser.fieldCount {
            let field = request.parser[index]
            if field.known == .xForwardedFor && !field.dropped {
                request.appendValue(of: field)
                request.additions.append(", ")
                request.parser.drop(index)
            }
            index += 1
        }
        request.appendPeer()
        request.additions.append("\r\n")
    }
}
