// One request to the query API on its way: from main to a reader, its answer back.
// Values that threads hand over; the cancellation is the only thing both sides hold at
// a time.

import EventLoop
import QueryAPI
import Stats
import Synchronization

/// Raised by main when the client has gone, seen by the engine as it goes.
final class QueryCancellation: Sendable {
    private let flag = Atomic<Bool>(false)

    var isRaised: Bool { flag.load(ordering: .relaxed) }

    func raise() { flag.store(true, ordering: .relaxed) }
}

/// A request to execute and who waits for it.
struct QueryJob: Sendable {
    /// Waiting and executing together.
    static let limitNanos: UInt64 = 30_000_000_000
    /// In memory at a time, 16 bytes each: 128 MB beside the proxy's own.
    static let samplesMax = 8_000_000

    let ticket: ScrapeTicket
    let request: APIRequest
    let cancellation: QueryCancellation
    let submittedNanos: UInt64
    let facts: ServerFacts
    /// `HistorySink.openings`: a connection made before is one to a file that is gone.
    let historyOpenings: Int
    /// For /api/v1/metadata; nil before the first.
    let snapshot: Snapshot?
}

/// An executed request.
struct QueryAnswer: Sendable {
    let ticket: ScrapeTicket
    let response: APIResponse
    let queueNanos: UInt64
    let nanos: UInt64
}
