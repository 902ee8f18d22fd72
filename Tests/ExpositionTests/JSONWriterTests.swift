import Foundation
import Testing

@testable import Exposition

@Suite struct JSONWriterTests {
    @Test func shapes() {
        var output = ByteOutput()
        output.append(">")
        JSONWriter.write(into: &output) { json in
            json.object { json in
                json.string("a", "x")
                json.array("b") { json in
                    json.integer(nil, 1)
                    json.integer(nil, -2)
                    json.integer(nil, UInt64.max)
                    json.object { _ in }
                    json.array { _ in }
                }
                json.boolean("c", true)
                json.null("d")
                json.decimal("e", 1_500 as UInt64, places: 3)
                json.object("f") { json in json.boolean("g", false) }
            }
        }
        let wanted =
            #">{"a":"x","b":[1,-2,18446744073709551615,{},[]],"c":true,"d":null,"e":1.5,"#
            + #""f":{"g":false}}"#
        #expect(output.text == wanted)
    }

    @Test(arguments: [
        ("", #""""#), ("plain", #""plain""#), ("q\"b\\", #""q\"b\\""#), ("\n\r\t", #""\n\r\t""#),
        ("\u{0}\u{1f}\u{7f}", #""\u0000\u001f\u007f""#), ("é😀", "\"é😀\""), ("a/b", #""a/b""#),
    ])
    func escapes(_ text: String, _ wanted: String) throws {
        var output = ByteOutput()
        JSONWriter.write(into: &output) { json in json.array { json in json.string(nil, text) } }
        #expect(output.text == "[" + wanted + "]")
        let back = try JSONSerialization.jsonObject(with: Data(output.bytes)) as? [String]
        #expect(back == [text])
    }
}
