// The lists of the timer wheel: doubly linked by index, a slot's list headed in `heads` with a bit
// in a two-level bitmap (so the next occupied slot is found in two steps), the due list with both
// ends (so that it keeps the order of ticks), the free list single and LIFO. Owner thread only.

extension TimerWheel {
    /// Looks at every occupied slot up to `nowTick`: what is due joins the due list, the rest
    /// moves to where its deadline now is. O(slots passed + timers in them).
    func advance(to nowTick: UInt64) {
        let from = unsafe state.pointee.currentTick
        unsafe state.pointee.currentTick = nowTick
        let span = min(nowTick - from, UInt64(Self.slotCount))
        var step: UInt64 = 1
        while step <= span {
            let slot = Int(truncatingIfNeeded: from &+ step) & (Self.slotCount - 1)
            step += 1
            if unsafe words[slot >> 6] & 1 << UInt64(slot & 63) == 0 { continue }
            // The whole list is cut off first: a relinked node may come back to this slot.
            var index = unsafe heads[slot]
            unsafe heads[slot] = Self.nobody
            clearBit(slot)
            while index != Self.nobody {
                let next = unsafe nodes[Int(index)].next
                if unsafe nodes[Int(index)].tick <= nowTick {
                    appendDue(index)
                } else {
                    link(index)
                }
                index = next
            }
        }
    }

    /// Puts a node that is in no list into the slot of its tick.
    func link(_ index: UInt32) {
        let node = unsafe nodes + Int(index)
        let slot = unsafe Int(truncatingIfNeeded: node.pointee.tick) & (Self.slotCount - 1)
        let head = unsafe heads[slot]
        unsafe node.pointee.linkTick = node.pointee.tick
        unsafe node.pointee.list = UInt16(slot)
        unsafe node.pointee.previous = Self.nobody
        unsafe node.pointee.next = head
        if head != Self.nobody {
            unsafe nodes[Int(head)].previous = index
        } else {
            unsafe words[slot >> 6] |= 1 << UInt64(slot & 63)
            unsafe state.pointee.summary |= 1 << UInt64(slot >> 6)
        }
        unsafe heads[slot] = index
    }

    /// Takes a node out of its slot or the due list.
    func unlink(_ index: UInt32) {
        let node = unsafe nodes[Int(index)]
        if node.next != Self.nobody {
            unsafe nodes[Int(node.next)].previous = node.previous
        } else if node.list == Self.due {
            unsafe state.pointee.dueLast = node.previous
        }
        if node.previous != Self.nobody {
            unsafe nodes[Int(node.previous)].next = node.next
        } else if node.list == Self.due {
            unsafe state.pointee.dueFirst = node.next
        } else {
            unsafe heads[Int(node.list)] = node.next
            if node.next == Self.nobody { clearBit(Int(node.list)) }
        }
    }

    /// Ends a timer that is in no list: its id is stale from here on.
    func release(_ index: UInt32) {
        let node = unsafe nodes + Int(index)
        let next = unsafe node.pointee.generation &+ 1
        unsafe node.pointee.generation = next == 0 ? 1 : next
        unsafe node.pointee.list = Self.free
        unsafe node.pointee.next = state.pointee.firstFree
        unsafe state.pointee.firstFree = index
        unsafe state.pointee.count -= 1
    }

    /// The earliest tick after the current one whose slot is occupied; a timer more than one
    /// turn of the wheel away makes its slot count as well.
    func nextOccupiedTick() -> UInt64? {
        let summary = unsafe state.pointee.summary
        if summary == 0 { return nil }
        let current = unsafe state.pointee.currentTick
        let start = Int(truncatingIfNeeded: current &+ 1) & (Self.slotCount - 1)
        let slot: Int
        let rest = unsafe words[start >> 6] & (~0 << UInt64(start & 63))
        if rest != 0 {
            slot = start & ~63 | rest.trailingZeroBitCount
        } else {
            // Words after the start's, else around from word 0 (to the start's own low bits).
            let word = start >> 6
            let above = word == 63 ? 0 : summary & (~0 << UInt64(word + 1))
            let found = (above != 0 ? above : summary).trailingZeroBitCount
            slot = unsafe found << 6 | words[found].trailingZeroBitCount
        }
        let distance = (slot - start) & (Self.slotCount - 1)
        return current + 1 + UInt64(distance)
    }

    private func appendDue(_ index: UInt32) {
        let node = unsafe nodes + Int(index)
        let last = unsafe state.pointee.dueLast
        unsafe node.pointee.list = Self.due
        unsafe node.pointee.next = Self.nobody
        unsafe node.pointee.previous = last
        if last != Self.nobody {
            unsafe nodes[Int(last)].next = index
        } else {
            unsafe state.pointee.dueFirst = index
        }
        unsafe state.pointee.dueLast = index
    }

    private func clearBit(_ slot: Int) {
        unsafe words[slot >> 6] &= ~(1 << UInt64(slot & 63))
        if unsafe words[slot >> 6] == 0 {
            unsafe state.pointee.summary &= ~(1 << UInt64(slot >> 6))
        }
    }
}
