// A thread that sleeps until it has mail: for threads that do one thing at a time (readers,
// history) and need no event loop. The wait is a poll(2) on the mailbox's eventfd. Never on a
// worker. Owner thread only.

import EventLoop
import Glibc

struct Inbox<Message: Sendable> {
    private let mailbox: Mailbox<Message>

    init(_ mailbox: Mailbox<Message>) {
        self.mailbox = mailbox
    }

    /// Waits for mail, at most `timeoutMillis` (-1: without limit), and handles all there is, in
    /// order. Returns how many messages there were.
    @discardableResult
    func wait(timeoutMillis: Int32 = -1, _ body: (Message) -> Void) -> Int {
        var entry = pollfd(fd: mailbox.wakeDescriptor, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&entry, 1, timeoutMillis)
        return mailbox.drain(body)
    }
}
