// Why a command ended without its data, as the program's exit code says it. Commands throw these;
// `Statsctl` prints the one line and ends. The text names the thing, the place and the way out,
// without the name of the program. A value, any thread.

enum Failure: Error {
    /// Exit 1: the question was fine and there is nothing.
    case nothing(String)
    /// Exit 2: the question was not.
    case usage(String)
    /// Exit 3: the file, the network or the server.
    case trouble(String)

    var status: Int32 {
        switch self {
        case .nothing: 1
        case .usage: 2
        case .trouble: 3
        }
    }

    var text: String {
        switch self {
        case .nothing(let text), .usage(let text), .trouble(let text): text
        }
    }
}
