// What the machine and the operating system give this process: CPUs, memory in use, descriptors.
// Small files under /proc and a few calls; at start and once per flush, by main. A worker never
// asks. Everything answers with a usable value when /proc is missing.
internal import CLinux
internal import Glibc

/// Facts about this process on this machine.
public enum Machine {
    /// CPUs this process may use: hardware, affinity mask and cgroup quota, whichever is
    /// smallest; a fractional quota is rounded up; at least 1.
    public static func usableCPUs() -> Int {
        let hardware = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        return CPUQuota.usable(
            hardware: hardware, affinity: affinityCPUs().count, quota: CPUQuota.limit(read: text))
    }

    /// The numbers of the CPUs in the calling thread's affinity mask, ascending; empty when the
    /// kernel does not say (more than 1,024 CPUs).
    public static func affinityCPUs() -> [Int] {
        var marks = [UInt8](repeating: 0, count: 1024)
        let found = unsafe marks.withUnsafeMutableBufferPointer {
            unsafe clinux_affinity($0.baseAddress, Int32($0.count))
        }
        return found > 0 ? marks.indices.filter { marks[$0] != 0 } : []
    }

    /// Bytes of memory that are resident (RSS); 0 when unknown.
    public static func residentBytes() -> UInt64 {
        statm(field: 1)
    }

    /// Bytes of address space, reservations included; 0 when unknown.
    public static func virtualBytes() -> UInt64 {
        statm(field: 0)
    }

    /// Descriptors open now; 0 when unknown. O(open descriptors): a directory listing.
    public static func openDescriptors() -> Int {
        guard let directory = unsafe opendir("/proc/self/fd") else { return 0 }
        defer { unsafe closedir(directory) }
        var count = 0
        while let entry = unsafe readdir(directory) {
            if unsafe entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
        }
        return count - 1  // the listing's own
    }

    /// Most descriptors that may be open (soft RLIMIT_NOFILE); 0 when unknown.
    public static func descriptorLimit() -> Int {
        Int(clamping: clinux_descriptor_limit())
    }

    /// Raises the soft limit to the hard one; returns the limit that holds afterwards.
    @discardableResult
    public static func raiseDescriptorLimit() -> Int {
        Int(clamping: clinux_raise_descriptor_limit())
    }

    /// "" when unknown.
    public static var hostName: String {
        String((text("/proc/sys/kernel/hostname") ?? "").prefix { $0 != "\n" })
    }

    /// Absolute; "" when unknown.
    public static var workingDirectory: String {
        var path = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe path.withUnsafeMutableBufferPointer { path in
            unsafe path.withMemoryRebound(to: CChar.self) {
                unsafe readlink("/proc/self/cwd", $0.baseAddress!, $0.count)
            }
        }
        return count > 0 ? String(decoding: path[..<count], as: UTF8.self) : ""
    }

    /// Gives back the memory of what only the start needed: argument parsing and its libraries
    /// are half of the code a fresh process holds. Code that is called again returns from the
    /// page cache, some microseconds a page. Call once, when everything runs.
    public static func shedStartPages() {
        clinux_shed_start_pages()
    }

    private static func statm(field: Int) -> UInt64 {
        let words = (text("/proc/self/statm") ?? "").split(separator: " ")
        guard words.count > field, let pages = UInt64(words[field]) else { return 0 }
        return pages * UInt64(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// A small text file, at most 1 MiB; nil when it cannot be read.
    static func text(_ path: String) -> String? {
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        let file = FileDescriptor(owning: number)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count < 1 << 20 {
            let count = unsafe chunk.withUnsafeMutableBytes {
                unsafe read(file.rawValue, $0.baseAddress, $0.count)
            }
            if count < 0 { return nil }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
