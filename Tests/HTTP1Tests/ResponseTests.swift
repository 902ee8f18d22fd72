// Responses and trailer sections: framing by status, method and fields; what is forwarded; what is
// refused.

import HTTP1
import Testing

@Suite struct ResponseTests {
    static let heads: [(String, String)] = [
        ("HTTP/1.1 200 OK|Content-Length: 5||", "200 1.1 5 keep; 200 OK| Content-Length: 5|"),
        ("HTTP/1.1 200 |Content-Length: 0||", "200 1.1 0 keep; 200 | Content-Length: 0|"),
        ("HTTP/1.1 200|Content-Length: 0||", "200 1.1 0 keep; 200| Content-Length: 0|"),
        ("HTTP/1.1 404 Not\t\u{41}||", "404 1.1 close-ended; 404 Not\tA| "),
        ("HTTP/1.0 200 OK|Content-Length: 5||", "200 1.0 5; 200 OK| Content-Length: 5|"),
        (
            "HTTP/1.0 200 OK|Connection: keep-alive|Content-Length: 5||",
            "200 1.0 5 keep; 200 OK| Content-Length: 5|"
        ),
        (
            "HTTP/1.1 200 OK|Transfer-Encoding: chunked|Trailer: x||",
            "200 1.1 chunked keep; 200 OK| Trailer: x|"
        ),
        (
            "HTTP/1.1 200 OK|Connection: close|Content-Length: 1||",
            "200 1.1 1; 200 OK| Content-Length: 1|"
        ),
        (
            "HTTP/1.1 200 OK|Connection: Transfer-Encoding|Transfer-Encoding: chunked||",
            "200 1.1 chunked keep; 200 OK| "
        ),
        ("HTTP/1.1 100 Continue||", "100 1.1 none keep; 100 Continue| "),
        ("HTTP/1.1 103 Early Hints|Link: x||", "103 1.1 none keep; 103 Early Hints| Link: x|"),
        ("HTTP/1.1 204 No Content||", "204 1.1 none keep; 204 No Content| "),
        ("HTTP/1.1 204 No Content|Content-Length: 0||", "204 1.1 none keep; 204 No Content| "),
        (
            "HTTP/1.1 304 Not Modified|Content-Length: 7||",
            "304 1.1 none keep; 304 Not Modified| Content-Length: 7|"
        ),
        (
            "HTTP/1.1 101 Switching Protocols|Connection: Upgrade|Upgrade: websocket||",
            "101 1.1 none keep upgrade; 101 Switching Protocols| "
        ),
        ("HTTP/1.1 101 x|Upgrade: websocket||", "101 1.1 none keep; 101 x| "),
        (
            "HTTP/1.1 200 OK|Content-Length: 3,3|Content-Length: 3|Server: s||",
            "200 1.1 3 keep; 200 OK| Content-Length: 3|Server: s|"
        ),
        (
            "HTTP/1.1 200 OK|Host: x|Expect: y|Content-Length: 1||",
            "200 1.1 1 keep; 200 OK| Host: x|Expect: y|Content-Length: 1|"
        ),
        (
            "HTTP/1.1 200 OK|Content-Length: 1|Transfer-Encoding: chunked||",
            "refused length_and_transfer_encoding"
        ),
        (
            "HTTP/1.1 200 OK|Transfer-Encoding: gzip, chunked||",
            "refused transfer_coding_unsupported"
        ),
        ("HTTP/1.0 200 OK|Transfer-Encoding: chunked||", "refused transfer_encoding_in_http10"),
        ("HTTP/1.1 200 OK|Content-Length: 1|Content-Length: 2||", "refused content_length_differs"),
        ("HTTP/1.1 200 OK|Content-Length: x||", "refused content_length_invalid"),
        ("HTTP/1.1 200 OK|X: a| b||", "refused obsolete_fold"),
        ("HTTP/1.1 200 OK| X: a||", "refused leading_whitespace"),
        ("HTTP/1.1 200 OK|X : a||", "refused space_before_colon"),
        ("HTTP/1.1 200 O\u{0}K||", "refused nul_byte"),
        ("HTTP/1.1 200 O\u{1}K||", "refused control_byte"),
        ("HTTP/1.1 200 OK\nX: a||", "refused bare_line_feed"),
        ("HTTP/1.1 200 OK\rX: a||", "refused bare_carriage_return"),
        ("HTTP/1.1 20 OK||", "refused status_line_invalid"),
        ("HTTP/1.1 2000 OK||", "refused status_line_invalid"),
        ("HTTP/1.1 099 OK||", "refused status_line_invalid"),
        ("HTTP/1.1 600 OK||", "refused status_line_invalid"),
        ("HTTP/1.1  200 OK||", "refused status_line_invalid"),
        ("HTTP/1.1 200\tOK||", "refused status_line_invalid"),
        ("HTTP/1.1 ||", "refused status_line_invalid"),
        ("HTTP/1.1||", "refused version_invalid"),
        ("HTTP/2.0 200 OK||", "refused version_unsupported"),
        ("http/1.1 200 OK||", "refused version_invalid"),
        ("|HTTP/1.1 200 OK||", "refused version_invalid"),
        ("SSH-2.0-x||", "refused version_invalid"),
    ]

    @Test(arguments: heads.indices) func answersToGet(_ index: Int) {
        let (text, expected) = Self.heads[index]
        expectEverywhere(text, expected) { response(&$0, $1, .get) }
    }

    @Test func toHeadAndConnect() {
        let text = "HTTP/1.1 200 OK|Content-Length: 5||"
        let expected = "200 1.1 none keep; 200 OK| Content-Length: 5|"
        expectEverywhere(text, expected) { response(&$0, $1, .head) }
        expectEverywhere(text, expected) { response(&$0, $1, .connect) }
        expectEverywhere(
            "HTTP/1.1 200 OK|Transfer-Encoding: chunked||", "200 1.1 none keep; 200 OK| "
        ) { response(&$0, $1, .head) }
    }

    static let trailerSections: [(String, String)] = [
        ("|", "2; "),
        ("X-Sum: 1||", "12; X-Sum: 1|"),
        ("X: 1|Content-Length: 5|Host: b|Transfer-Encoding: gzip|Y: 2||", "67; X: 1|Y: 2|"),
        ("Connection: x|X: 1|Authorization: a||", "41; X: 1|"),
        ("Host: /|Host: /||", "20; "),
        (" X: 1||", "refused leading_whitespace"),
        ("X: 1| y||", "refused obsolete_fold"),
        ("X: 1\n||", "refused bare_line_feed"),
        ("X : 1||", "refused space_before_colon"),
    ]

    @Test(arguments: trailerSections.indices) func trailerSection(_ index: Int) {
        let (text, expected) = Self.trailerSections[index]
        expectEverywhere(text, expected) { trailers(&$0, $1) }
    }
}
