// Which worker a new connection goes to. With the kernel's balance it stays with the worker that
// accepted it. With exact balance it goes to the worker with fewest, by mailbox; that one counts it
// (`downstream_cx_total` and all that follows), so every number has one owner. Runs on the worker
// that accepted (`place`) and on the one that gets it (`adopt`); nothing here waits.

import EventLoop
import Stats

extension Worker {
    /// Whether accepting pauses: with exact balance when every worker is at its bound, since it is
    /// never this worker alone that gets the connection. Workers that accept at the same moment may
    /// go over it by one each.
    var isFull: Bool {
        let bound = setup.config.limits.downstreamConnectionsPause
        guard let balance = setup.balance else { return downstreams.count >= bound }
        return balance.least(from: setup.index) >= bound
    }

    /// Opens an accepted connection here or hands it over. During a drain it stays: the others are
    /// ending too.
    func place(_ fd: Int32, _ peer: SocketAddress, listener: Int) {
        guard let balance = setup.balance else {
            return _ = open(fd, peer, listener: listener, acceptedNanos: now)
        }
        if isDraining {
            balance.keep(setup.index)
            return _ = open(fd, peer, listener: listener, acceptedNanos: now)
        }
        let target = balance.reserve(from: setup.index)
        if target == setup.index {
            return _ = open(fd, peer, listener: listener, acceptedNanos: now)
        }
        shard.add(listeners[listener].handedOver)
        balance.hand(
            HandedConnection(owning: fd, peer: peer, listener: listener, acceptedNanos: now),
            to: target)
    }

    /// A connection that another worker accepted; its place here is taken already.
    func adopt(_ connection: HandedConnection) {
        let opened = open(
            connection.take(), connection.peer, listener: connection.listener,
            acceptedNanos: connection.acceptedNanos)
        guard let index = opened else { return endDrainIfIdle() }
        if isDrainOver {
            closeDownstream(index)
        } else if isDraining {
            drainIdle(index)
        }
    }

    /// Connections that other workers have sent and that have not arrived yet.
    var connectionsUnderWay: Int {
        guard let balance = setup.balance else { return 0 }
        return balance.count(setup.index) - downstreams.count
    }
}
