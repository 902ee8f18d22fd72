// CPU quotas from texts as machines and containers show them, one layout per case.
import Testing

@testable import EventLoop

@Suite struct CPUQuotaTests {
    private static let v2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n"
    private static let v1 = """
        31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
        32 25 0:28 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory

        """
    private static let docker = """
        31 25 0:27 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cpu rw,cpu,cpuacct

        """

    @Test(
        arguments: [
            ("nothing readable", [:], nil),
            (
                "v2, no limit", ["cgroup": "0::/a\n", "mounts": v2, "/a/cpu.max": "max 100000\n"],
                nil
            ),
            ("v2, root has no file", ["cgroup": "0::/\n", "mounts": v2], nil),
            ("v2, own", ["cgroup": "0::/a\n", "mounts": v2, "/a/cpu.max": "150000 100000\n"], 1.5),
            (
                "v2, the parent is tighter",
                [
                    "cgroup": "0::/a/b\n", "mounts": v2, "/a/b/cpu.max": "400000 100000",
                    "/a/cpu.max": "200000 100000",
                ], 2
            ),
            (
                "v2, the child is tighter",
                [
                    "cgroup": "0::/a/b\n", "mounts": v2, "/a/b/cpu.max": "50000 100000",
                    "/a/cpu.max": "200000 100000",
                ], 0.5
            ),
            ("v2, container", ["cgroup": "0::/\n", "mounts": v2, "/cpu.max": "300000 100000"], 3),
            ("v2, outside", ["cgroup": "0::/../x\n", "mounts": v2, "/cpu.max": "100000"], 1),
            ("v2, garbage", ["cgroup": "0::/a\n", "mounts": v2, "/a/cpu.max": "x y"], nil),
            ("v2, period 0", ["cgroup": "0::/a\n", "mounts": v2, "/a/cpu.max": "1 0"], nil),
            (
                "v1, own",
                [
                    "cgroup": "9:memory:/m\n3:cpu,cpuacct:/a\n", "mounts": v1,
                    "/cpu,cpuacct/a/cpu.cfs_quota_us": "250000\n",
                    "/cpu,cpuacct/a/cpu.cfs_period_us": "100000\n",
                ], 2.5
            ),
            (
                "v1, no limit",
                [
                    "cgroup": "3:cpu,cpuacct:/a\n", "mounts": v1,
                    "/cpu,cpuacct/a/cpu.cfs_quota_us": "-1\n",
                    "/cpu,cpuacct/a/cpu.cfs_period_us": "100000\n",
                ], nil
            ),
            (
                "v1, container whose mount shows its own group",
                [
                    "cgroup": "3:cpu:/docker/abc\n", "mounts": docker,
                    "/cpu/cpu.cfs_quota_us": "50000", "/cpu/cpu.cfs_period_us": "50000",
                ], 1
            ),
            (
                "v1, cpuset is not cpu",
                [
                    "cgroup": "3:cpuset:/a\n", "mounts": v1,
                    "/cpu,cpuacct/a/cpu.cfs_quota_us": "1", "/cpu,cpuacct/a/cpu.cfs_period_us": "1",
                ], nil
            ),
            (
                "hybrid: v1 limits, v2 is there without cpu",
                [
                    "cgroup": "0::/u\n3:cpu,cpuacct:/a\n", "mounts": v1 + v2,
                    "/cpu,cpuacct/a/cpu.cfs_quota_us": "70000",
                    "/cpu,cpuacct/a/cpu.cfs_period_us": "100000",
                ], 0.7
            ),
        ] as [(String, [String: String], Double?)])
    func limit(name: String, files: [String: String], expected: Double?) {
        let limit = CPUQuota.limit { path in
            switch path {
            case "/proc/self/cgroup": files["cgroup"]
            case "/proc/self/mountinfo": files["mounts"]
            default: files[String(path.dropFirst("/sys/fs/cgroup".count))]
            }
        }
        #expect(limit == expected, "\(name)")
    }

    @Test func mountPointsMayHaveSpaces() {
        let line = "1 2 0:3 / /mnt/c\\040g rw master:1 shared:2 - cgroup2 none rw"
        #expect(CPUQuota.parseMount(line)?.point == "/mnt/c g")
        #expect(CPUQuota.parseMount("1 2 0:3 / /proc rw - proc proc rw") == nil)
        #expect(CPUQuota.parseMount("") == nil)
        #expect(CPUQuota.parseMount("a b - c d e") == nil)
    }

    @Test(
        arguments: [
            (8, 8, nil, 8), (8, 2, nil, 2), (8, 8, 1.5, 2), (8, 8, 0.1, 1), (2, 2, 64.0, 2),
            (8, 0, nil, 8), (1, 1, 1e300, 1), (8, 4, 3.0, 3), (8, 4, 3.01, 4),
        ] as [(Int, Int, Double?, Int)])
    func usable(hardware: Int, affinity: Int, quota: Double?, expected: Int) {
        #expect(
            CPUQuota.usable(hardware: hardware, affinity: affinity, quota: quota) == expected)
    }
}
