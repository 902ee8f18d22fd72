// Main's end of a worker: where to post, whose heartbeat to watch, which shard is
// its. What a worker owns is out of reach from here: its mailbox is the only way
// in. Main thread.

import EventLoop
import Stats

struct WorkerHandle {
    let name: String
    let mailbox: Mailbox<WorkerMessage>
    let heartbeat: Heartbeat
    let shardID: ShardID
    let thread: Thread
    /// Written by the worker; main reads the merged value at each cut.
    let connectionsActive: Gauge
    /// False once its last cut is in, or it could not start.
    var isAlive = true
}

/// Main's end of the guard dog.
struct GuardDogHandle {
    let mailbox: Mailbox<GuardDogMessage>
    let thread: Thread
}
