// How many CPUs the control groups let this process use: cgroup v2 `cpu.max` or v1 CFS quota, of
// the process's own group and all its parents, the tightest one. Text in, number out: files come
// through a closure, so that tables can test every container layout. Read once at start, by main.
// Formats: cgroups(7), proc(5) mountinfo, the kernel's admin-guide/cgroup-v2.

/// The control groups' bound on CPU time.
enum CPUQuota {
    /// CPUs as a fraction (1.5 = 150 ms per 100 ms); nil when nothing limits. `read` gives a
    /// file's text, or nil.
    static func limit(read: (String) -> String?) -> Double? {
        guard let membership = read("/proc/self/cgroup"),
            let mounts = read("/proc/self/mountinfo")
        else { return nil }
        var tightest: Double? = nil
        for group in groups(membership: membership, mounts: mounts) {
            for directory in group.directories {
                let value: Double?
                switch group.version {
                case .two: value = read("\(directory)/cpu.max").flatMap(parseMax)
                case .one:
                    value = parseCFS(
                        quota: read("\(directory)/cpu.cfs_quota_us"),
                        period: read("\(directory)/cpu.cfs_period_us"))
                }
                if let value { tightest = min(tightest ?? value, value) }
            }
        }
        return tightest
    }

    /// Usable CPUs: the smaller of what the mask has and what the quota gives, rounded up, so that
    /// 1.5 CPUs get 2 workers; at least 1.
    static func usable(hardware: Int, affinity: Int, quota: Double?) -> Int {
        var count = affinity > 0 ? min(hardware, affinity) : hardware
        // Compared as Double: a quota may be larger than any Int.
        if let quota, quota < Double(count) { count = Int(quota.rounded(.up)) }
        return max(1, count)
    }

    enum Version: Equatable { case one, two }

    /// One hierarchy that may limit us: its directories from our own group up to the mount.
    struct Group: Equatable {
        let version: Version
        let directories: [String]
    }

    /// Joins /proc/self/cgroup ("3:cpu,cpuacct:/a/b", "0::/a/b") with the places where these
    /// hierarchies are mounted.
    static func groups(membership: String, mounts: String) -> [Group] {
        var found: [Group] = []
        let mountLines = mounts.split(separator: "\n").compactMap { parseMount(String($0)) }
        for line in membership.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let controllers = parts[1].split(separator: ",")
            let version: Version
            if parts[0] == "0" && parts[1].isEmpty {
                version = .two
            } else if controllers.contains("cpu") {
                version = .one
            } else {
                continue
            }
            for mount in mountLines where mount.version == version {
                let directories = directories(path: String(parts[2]), mount: mount)
                found.append(Group(version: version, directories: directories))
            }
        }
        return found
    }

    /// "max 100000" is no limit, "150000 100000" is 1.5, "150000" has the default period.
    static func parseMax(_ text: String) -> Double? {
        let words = text.split(whereSeparator: { $0 == " " || $0 == "\n" || $0 == "\t" })
        guard let first = words.first, let quota = Double(first) else { return nil }
        let period = words.count > 1 ? Double(words[1]) : 100_000
        return ratio(quota, period)
    }

    /// A quota of -1 is no limit.
    static func parseCFS(quota: String?, period: String?) -> Double? {
        guard let quota = quota.flatMap(number), let period = period.flatMap(number) else {
            return nil
        }
        return ratio(quota, period)
    }

    struct Mount: Equatable {
        let version: Version
        /// The group that the mount point shows.
        let root: String
        let point: String
    }

    /// A line of mountinfo: id, parent, device, root, mount point, options, optional fields, "-",
    /// type, source, super options. The v1 hierarchy wanted is the one with "cpu" among the latter.
    static func parseMount(_ line: String) -> Mount? {
        let words = line.split(separator: " ")
        guard let dash = words.firstIndex(of: "-"), dash >= 6, words.count > dash + 3 else {
            return nil
        }
        let root = unescape(words[3])
        let point = unescape(words[4])
        if words[dash + 1] == "cgroup2" { return Mount(version: .two, root: root, point: point) }
        guard words[dash + 1] == "cgroup",
            words[dash + 3].split(separator: ",").contains("cpu")
        else { return nil }
        return Mount(version: .one, root: root, point: point)
    }

    /// From the group itself up to the mount point. In a container the mount often shows a deeper
    /// root than "/", and the membership names the path on the host: then the mount's root is
    /// taken off; when it does not fit, the mount point is all we can see.
    static func directories(path: String, mount: Mount) -> [String] {
        var relative = path.split(separator: "/")
        let root = mount.root.split(separator: "/")
        if relative.starts(with: root) {
            relative.removeFirst(root.count)
        } else {
            relative = []
        }
        if relative.contains("..") { relative = [] }
        let point = mount.point == "/" ? "" : mount.point
        return stride(from: relative.count, through: 0, by: -1).map { depth in
            relative.prefix(depth).reduce(point) { "\($0)/\($1)" }
        }
    }

    private static func ratio(_ quota: Double, _ period: Double?) -> Double? {
        guard let period, quota > 0, period > 0, quota.isFinite, period.isFinite else { return nil }
        return quota / period
    }

    private static func number(_ text: String) -> Double? {
        guard let word = text.split(whereSeparator: { $0 == " " || $0 == "\n" }).first else {
            return nil
        }
        return Double(word)
    }

    /// Mount points write a space as \040, and so on.
    private static func unescape(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        let source = [UInt8](text.utf8)
        var index = 0
        while index < source.count {
            if source[index] == UInt8(ascii: "\\"), index + 3 < source.count,
                let code = UInt8(
                    String(decoding: source[(index + 1)...(index + 3)], as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                index += 4
            } else {
                bytes.append(source[index])
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
