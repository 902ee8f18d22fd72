// One connected, non-blocking UDP socket, behind two functions, so that the sink's logic is tested
// without a network. After each datagram the socket's error is asked for: on loopback the answer to
// a closed port is there before `send` returns, so each datagram's fate is known. Main thread.

import EventLoop
import Glibc

struct StatsdLink {
    /// Bytes of one datagram at most.
    let payloadLimit: Int
    /// True on loopback: ECONNREFUSED is about the datagram just sent. Else it comes later, and
    /// may be about any earlier one.
    let refusesAtOnce: Bool
    /// 0, or the errno: the datagram has not been delivered.
    let send: ([UInt8]) -> Int32
    /// The socket's pending error, taken; 0 when there is none.
    let pendingError: () -> Int32

    /// As statsd's documentation recommends: 1432 bytes pass any Ethernet with room to spare, 8932
    /// a jumbo frame. Loopback would take 64 KiB, but common servers do not read that much.
    static let payloadBytesMax = 1432
    static let loopbackPayloadBytesMax = 8932

    static func open(_ address: SocketAddress) -> Result<StatsdLink, SystemError> {
        let box: DescriptorBox
        do throws(SystemError) {
            box = DescriptorBox(try Sockets.udpConnected(address))
        } catch {
            return .failure(error)
        }
        let isLoopback = HostCheck.isLoopback(address)
        let isV6 = address.endpoint.family == .v6
        let limit = payloadLimit(
            pathMTU: Sockets.pathMTU(box.rawValue), isLoopback: isLoopback, isV6: isV6)
        return .success(
            StatsdLink(
                payloadLimit: limit, refusesAtOnce: isLoopback,
                send: { payload in
                    let result = unsafe payload.withUnsafeBytes {
                        unsafe Syscall.send(box.rawValue, $0)
                    }
                    return switch result {
                    case .bytes: Syscall.socketError(box.rawValue)
                    case .wouldBlock: EAGAIN
                    case .end: EPIPE
                    case .failed(let error): error
                    }
                },
                pendingError: { Syscall.socketError(box.rawValue) }))
    }

    /// The path MTU less the headers of IP (20 or 40 bytes) and UDP (8), within the bounds above.
    static func payloadLimit(pathMTU: Int?, isLoopback: Bool, isV6: Bool) -> Int {
        let most = isLoopback ? loopbackPayloadBytesMax : payloadBytesMax
        guard let pathMTU else { return most }
        return max(512, min(most, pathMTU - (isV6 ? 48 : 28)))
    }
}

/// Shares one descriptor between the two functions of a link; closed with the last of them.
private final class DescriptorBox {
    private let file: FileDescriptor

    init(_ file: consuming FileDescriptor) {
        self.file = file
    }

    var rawValue: Int32 { file.rawValue }
}
