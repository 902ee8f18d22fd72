// What an admin page answers, before it is bytes: status, type, body. The head is written here and
// nowhere else. Lower-case field names, a length always, never chunked (RFC 9110, 9112). Main
// thread.

import EventLoop
import QueryAPI

struct AdminResponse {
    static let plain: StaticString = "text/plain; charset=utf-8"
    static let json: StaticString = "application/json"

    var status: UInt16
    var contentType: StaticString = AdminResponse.plain
    var allow: String?
    var body: [UInt8]

    init(_ status: UInt16, _ text: String, contentType: StaticString = AdminResponse.plain) {
        self.status = status
        self.contentType = contentType
        body = Array(text.utf8)
    }

    init(_ body: RenderedBody) {
        status = 200
        contentType = body.contentType
        self.body = body.bytes
    }

    init(_ response: APIResponse) {
        status = UInt16(response.status)
        contentType = response.contentType
        allow = response.allow
        body = response.body
    }

    /// Status line and fields, with the length that GET would have (RFC 9110 9.3.2).
    func head(isHead: Bool, closes: Bool) -> [UInt8] {
        var text = "HTTP/1.1 \(status) \(Self.reason(status))\r\n"
        text += "content-type: \(contentType)\r\n"
        text += "content-length: \(body.count)\r\n"
        text += "date: \(UTCTime.httpDate(Clock.wallMillis()))\r\n"
        text += "cache-control: no-cache, max-age=0\r\n"
        text += "x-content-type-options: nosniff\r\n"
        if let allow { text += "allow: \(allow)\r\n" }
        if closes { text += "connection: close\r\n" }
        return Array((text + "\r\n").utf8)
    }

    private static func reason(_ status: UInt16) -> String {
        switch status {
        case 200: "OK"
        case 400: "Bad Request"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 411: "Length Required"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 422: "Unprocessable Content"
        case 431: "Request Header Fields Too Large"
        case 499: "Client Closed Request"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        default: "Error"
        }
    }
}
