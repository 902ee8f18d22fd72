// Address texts, one per line: what is taken and how it is written back, what is refused and
// which way out the message shows.
import Testing

@testable import EventLoop

@Suite struct AddressTests {
    @Test(arguments: [
        "127.0.0.1:80", "0.0.0.0:0", "255.255.255.255:65535", "10.0.200.9:8080",
        "[::1]:80", "[::]:0", "[2001:db8::1]:443", "[1::]:1", "[fe80::1:2:3]:9",
        "[2001:db8:0:1:1:1:1:1]:1", "[1:2:3:4:5:6:7:8]:1", "[1:0:0:2::3]:5",
        "[::ffff:192.0.2.1]:80", "[abcd:ef01:2345:6789:abcd:ef01:2345:6789]:65535",
        "unix:/run/weir.sock", "unix:/tmp/with space", "unix:/",
    ])
    func roundTrip(text: String) throws {
        #expect(try address(text).description == text)
        #expect(try address(address(text).description) == address(text))
    }

    @Test(arguments: [
        ("localhost:8080", "127.0.0.1:8080"),
        ("[0:0:0:0:0:0:0:1]:80", "[::1]:80"),
        ("[2001:DB8:0:0:1:0:0:1]:80", "[2001:db8::1:0:0:1]:80"),
        ("[2001:0db8::0001]:80", "[2001:db8::1]:80"),
        ("[::1.2.3.4]:80", "[::102:304]:80"),
        ("[64:ff9b::1.2.3.4]:80", "[64:ff9b::102:304]:80"),
    ])
    func canonical(text: String, written: String) throws {
        #expect(try address(text).description == written)
    }

    @Test(arguments: [
        ("", "127.0.0.1:80"),
        (":80", "0.0.0.0:80"),
        ("*:80", "0.0.0.0:80"),
        ("80", "127.0.0.1:80"),
        ("8080", "127.0.0.1:8080"),
        ("127.0.0.1", "127.0.0.1:80"),
        ("127.0.0.1:", "127.0.0.1:80"),
        ("10.0.0.1:65536", "10.0.0.1:80"),
        ("127.0.0.1:-1", "127.0.0.1:80"),
        ("127.0.0.1:+1", "127.0.0.1:80"),
        ("127.0.0.1:080", "127.0.0.1:80"),
        ("127.0.0.1:8o", "127.0.0.1:80"),
        ("127.0.0.1:80 ", "127.0.0.1:80"),
        ("127.0.0.1\u{0}:80", "127.0.0.1:80"),
        ("127.0.0.01:80", "127.0.0.1:80"),
        ("127.1:80", "127.0.0.1:80"),
        ("256.0.0.1:80", "127.0.0.1:80"),
        ("example.com:80", "127.0.0.1:80"),
        ("LOCALHOST:80", "127.0.0.1:80"),
        ("http://127.0.0.1:80", "127.0.0.1:80"),
        ("::1:80", "[::1]:80"),
        ("::1", "[::1]:80"),
        ("fe80::1", "[fe80::1]:80"),
        ("[::1]", "[::1]:80"),
        ("[::1", "[::1]:80"),
        ("[::1]80", "[::1]:80"),
        ("[::1]:", "[::1]:80"),
        ("[fe80::1%eth0]:80", "[::1]:80"),
        ("[127.0.0.1]:80", "[::1]:80"),
        ("unix:", "unix:/run/weir.sock"),
        ("unix:relative", "unix:/run/weir.sock"),
        ("unix:@abstract", "unix:/run/weir.sock"),
        ("unix:/a\u{0}b", "unix:/run/weir.sock"),
    ])
    func refused(text: String, example: String) {
        guard case .failure(let error) = SocketAddress.parse(text) else {
            Issue.record("\(text.debugDescription) was taken")
            return
        }
        #expect(error.text == text)
        #expect(error.example.contains(example), "\(error)")
        #expect(error.description.contains("write "))
    }

    @Test func unixPathLength() throws {
        let longest = "/" + String(repeating: "x", count: 106)
        #expect(try address("unix:\(longest)").path == longest)
        #expect(throws: AddressError.self) { try address("unix:\(longest)x") }
    }

    @Test(arguments: [
        ("1.2.3.4:5", "1.2.3.4"), ("100.20.3.255:5", "100.20.3.255"), ("[::1]:5", "::1"),
        ("[::ffff:255.255.255.255]:5", "::ffff:255.255.255.255"), ("unix:/x", ""),
    ])
    func writeIP(text: String, written: String) throws {
        var bytes = [UInt8](repeating: 0, count: IPEndpoint.ipTextBytesMax)
        let parsed = try address(text)
        let count = bytes.withUnsafeMutableBytes { parsed.writeIP(into: $0) }
        #expect(String(decoding: bytes[..<count], as: UTF8.self) == written)
        #expect((parsed.ipText ?? "") == written)
        let short = bytes.withUnsafeMutableBytes {
            parsed.writeIP(into: UnsafeMutableRawBufferPointer(rebasing: $0[..<44]))
        }
        #expect(short == 0)
    }

    @Test func layout() {
        #expect(MemoryLayout<IPEndpoint>.size <= 24)
        #expect(MemoryLayout<Token>.size == 8)
        #expect(MemoryLayout<TimerID>.size == 8)
        #expect(MemoryLayout<BlockPool.Block>.size == 4)
        let token = Token(kind: 0xAB, generation: 0xFF12_3456, index: 0xFFFF_FFFE)
        #expect(token.kind == 0xAB)
        #expect(token.generation == 0x12_3456)
        #expect(token.index == 0xFFFF_FFFE)
    }
}
