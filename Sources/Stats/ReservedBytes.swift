// One reservation of zeroed address space that the kernel backs page by page when touched, so
// cells have fixed addresses for life and cost memory only where used. Owned by one Shard or one
// Registry; the raw pointer never leaves this module. Huge pages are declined: one touched cell
// must cost 4 KiB, not 2 MiB. Reserving can fail only at start-up, then it stops the program.

import CLinux
import Glibc

@safe struct ReservedBytes: ~Copyable {
    let base: UnsafeMutableRawPointer
    let byteCount: Int

    init(byteCount: Int) {
        guard let base = unsafe clinux_reserve(byteCount) else {
            fatalError("mmap: cannot reserve \(byteCount >> 20) MiB of address space for stats")
        }
        unsafe self.base = base
        self.byteCount = byteCount
        _ = unsafe madvise(base, byteCount, MADV_NOHUGEPAGE)
    }

    deinit { unsafe clinux_unreserve(base, byteCount) }

    /// A typed view of `count` elements from byte `offset` on. Valid while the reservation lives.
    @unsafe func view<Element: BitwiseCopyable>(
        _ type: Element.Type, at offset: Int, count: Int
    ) -> UnsafeMutablePointer<Element> {
        precondition(
            offset >= 0 && offset + count * MemoryLayout<Element>.stride <= byteCount,
            "BUG: view outside of the reservation")
        return unsafe (base + offset).bindMemory(to: type, capacity: count)
    }
}
