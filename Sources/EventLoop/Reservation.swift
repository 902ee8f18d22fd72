// A stretch of zeroed address space that the kernel backs with memory page by page as it is
// touched: what slabs, block pools and timer wheels are carved from, so that nothing ever moves
// and an idle process pays for nothing. Small pages only: a huge page would turn the first
// connection into 2 MiB. Not generic, because generic types with deinit are miscompiled (STYLE).
internal import CLinux

/// Owned address space, given back by deinit.
@safe struct Reservation: ~Copyable {
    let base: UnsafeMutableRawPointer
    let byteCount: Int

    /// Page size on x86-64 and the usual one on arm64.
    static let pageBytes = 4096

    /// Rounded up to whole pages. Stops the process when the address space is exhausted, which at
    /// 47 bits means that a capacity is wrong.
    init(byteCount: Int) {
        let pages = (max(byteCount, 1) + Self.pageBytes - 1) / Self.pageBytes
        self.byteCount = pages * Self.pageBytes
        guard let base = unsafe clinux_reserve(self.byteCount) else {
            fatalError("cannot reserve \(byteCount) bytes of address space")
        }
        unsafe clinux_no_huge_pages(base, self.byteCount)
        unsafe self.base = unsafe base
    }

    deinit {
        unsafe clinux_unreserve(base, byteCount)
    }

    /// Gives whole pages back to the kernel; they read as zeroes when touched again.
    func discard(offset: Int, byteCount: Int) {
        precondition(offset >= 0 && offset + byteCount <= self.byteCount, "BUG: discard outside")
        unsafe clinux_discard(base + offset, byteCount)
    }
}
