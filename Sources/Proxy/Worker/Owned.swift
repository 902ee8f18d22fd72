// Memory that one worker owns for its whole life, reached without exclusivity checks, reference
// counts or copies: a pointer that never changes, behind an address accessor. This is the module's
// one place that hands out such addresses; the cost of `owned.value.x` is one load.

/// One heap value with a fixed address, for state that a final class would otherwise guard.
@safe struct Owned<Value: ~Copyable>: ~Copyable {
    private let pointer: UnsafeMutablePointer<Value>

    init(_ value: consuming Value) {
        unsafe pointer = .allocate(capacity: 1)
        unsafe pointer.initialize(to: value)
    }

    deinit {
        unsafe pointer.deinitialize(count: 1)
        unsafe pointer.deallocate()
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
        unsafe pointer = .allocate(capacity: max(1, elements.count))
        for (index, element) in elements.enumerated() {
            unsafe (pointer + index).initialize(to: element)
        }
    }

    init(repeating element: Element, count: Int) {
        self.count = count
        unsafe pointer = .allocate(capacity: max(1, count))
        unsafe pointer.initialize(repeating: element, count: count)
    }

    deinit {
        unsafe pointer.deinitialize(count: count)
        unsafe pointer.deallocate()
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
        unsafe bytes = .allocate(byteCount: count, alignment: 64)
    }

    deinit {
        unsafe bytes.deallocate()
    }
}
