// The signals that mean something to the server, by their numbers. All of them are blocked before
// the first thread is spawned and read from a signalfd by main's loop. SIGPIPE is not among them:
// it is ignored for good, a peer that leaves is an error return. Main thread.

enum ServerSignal: Int32, CaseIterable {
    /// Drain and end.
    case terminate = 15
    /// Drain and end; the second one ends at once.
    case interrupt = 2
    /// Reserved for reloading.
    case hangUp = 1
}
