// Memory that one worker owns for its whole life, reached without exclusivity checks, reference
// counts or copies: a pointer that never changes, behind an address accessor. This is the module's
// one place that hands out such addresses; the cost of `owned.value.x` is one load. Each piece has
// cache lines of its own (`OwnLines`).

import EventLoop

/// One heap value with a fixed address, for state that a final class would otherwise guard.
@safe struct Owned<Value: ~Copyable>: ~Copyable {
    private let pointer: UnsafeMutablePointer<Value>

    init(_ value: consuming Value) {
        let memory = unsafe OwnLines.allocate(byteCount: MemoryLayout<Value>.stride)
        unsafe pointer = memory.bindMemory(to: Value.self, capacity: 1)
        unsafe pointer.initialize(to: value)
    }

    deinit {
        unsafe pointer.deinitialize(count: 1)
        unsafe UnsafeMutableRawPointer(pointer).deallocate()
    }

    var value: Value {
        @_transparent unsafeAddress { unsafe UnsafePointer(pointer) }
        @_transparent nonmutating unsafeMutableAddress { unsafe pointer }
    }
}

/// A fixed number of values in one allocation.
@safe struct FixedArray<Element>: ~Copyable {
    private let pointer: UnsafeMutablePointer<Element>
    let count: Int

    init(_ elements: [Element]) {
        count = elements.count
        unsafe pointer = Self.allocate(elements.count)
        for (index, element) in elements.enumerated() {
            unsafe (pointer + index).initialize(to: element)
        }
    }

    init(repeating element: Element, count: Int) {
        self.count = count
        unsafe pointer = Self.allocate(count)
        unsafe pointer.initialize(repeating: element, count: count)
    }

    deinit {
        unsafe pointer.deinitialize(count: count)
        unsafe UnsafeMutableRawPointer(pointer).deallocate()
    }

    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Element> {
        let memory = unsafe OwnLines.allocate(byteCount: count * MemoryLayout<Element>.stride)
        return unsafe memory.bindMemory(to: Element.self, capacity: count)
    }

    subscript(index: Int) -> Element {
        @_transparent unsafeAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return unsafe UnsafePointer(pointer + index)
        }
        @_transparent nonmutating unsafeMutableAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return unsafe pointer + index
        }
    }
}

/// A worker's scratch bytes: heads are rendered and small bodies joined here, then sent at once.
/// Nothing in it outlives the event that wrote it.
@safe struct Scratch: ~Copyable {
    let bytes: UnsafeMutableRawBufferPointer

    init(count: Int) {
        let memory = unsafe OwnLines.allocate(byteCount: count)
        unsafe bytes = UnsafeMutableRawBufferPointer(start: memory, count: count)
    }

    deinit {
        unsafe bytes.deallocate()
    }
}
