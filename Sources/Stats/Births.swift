// Series born on a worker: the shard's own table of labels, its limits, its birth and release
// lists. A born series is usable at once and is adopted by main at the next cut; main may map it
// to a shared or to the `other` series, the shard need not know. Owner thread only; slow path (it
// hashes strings): workers keep the handles they get. Must never grow beyond the family's limit.

/// A series announced in a cut. `number` is a cell or a directory in the upper half.
struct Birth: Sendable {
    let family: Int
    let labels: [String]
    let number: UInt32
}

/// A local number given back in a cut.
struct Release: Sendable {
    let family: Int
    let kind: MetricKind
    let number: UInt32
}

struct Births {
    private struct Key: Hashable {
        let family: Int
        let labels: [String]
    }

    private var interned: [Key: UInt32] = [:]
    private var liveCounts: [Int: Int] = [:]
    private var born: [Birth] = []
    /// Given back since the last cut: free only after that cut, so no cut mixes two owners.
    private var released: [Release] = []
    private var freeScalars: [UInt32] = []
    private var freeDirectories: [Int: [UInt32]] = [:]
    private var folded: UInt64 = 0
    private(set) var scalarExtent = 0
    private(set) var directoryExtent = 0
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    /// The local number for these labels, made when new; the `other` series when over a limit.
    mutating func number(_ family: Int, _ record: FamilyRecord, _ labels: [String]) -> UInt32 {
        let key = Key(family: family, labels: labels)
        if let known = interned[key] { return known }
        let isOther = !labels.isEmpty && labels.allSatisfy { $0 == MetricFamily.otherValue }
        let live = liveCounts[family, default: 0]
        let isHistogram = record.family.kind == .histogram
        if !labels.isEmpty, !isOther {
            if live >= record.family.seriesLimit || !hasRoom(family, isHistogram) {
                folded &+= 1
                let other = labels.map { _ in MetricFamily.otherValue }
                return number(family, record, other)
            }
            liveCounts[family] = live + 1
        }
        let number = isHistogram ? newDirectory(family) : newScalar()
        interned[key] = number
        born.append(Birth(family: family, labels: labels, number: number))
        return number
    }

    /// Forgets every series whose family has `label` with this value. O(series born here).
    mutating func release(_ label: String, _ value: String, families: FamilyList) {
        for (key, number) in interned {
            let family = families[key.family].family
            guard zip(family.labels, key.labels).contains(where: { $0 == label && $1 == value })
            else { continue }
            interned[key] = nil
            released.append(Release(family: key.family, kind: family.kind, number: number))
            if !key.labels.allSatisfy({ $0 == MetricFamily.otherValue }) {
                liveCounts[key.family, default: 1] -= 1
            }
        }
    }

    mutating func takeBorn() -> [Birth] {
        defer { born = [] }
        return born
    }

    mutating func takeReleased() -> [Release] {
        for release in released {
            switch release.kind {
            case .histogram: freeDirectories[release.family, default: []].append(release.number)
            case .counter, .gauge: freeScalars.append(release.number)
            }
        }
        defer { released = [] }
        return released
    }

    mutating func takeFolded() -> UInt64 {
        defer { folded = 0 }
        return folded
    }

    /// Space for one more labelled series; the last `FamilyList.limit` numbers of each space are
    /// kept for `other` series, so folding itself never runs out.
    private func hasRoom(_ family: Int, _ isHistogram: Bool) -> Bool {
        if isHistogram {
            return !(freeDirectories[family] ?? []).isEmpty
                || directoryExtent < CellSpace.directoryHalf - FamilyList.limit
        }
        return !freeScalars.isEmpty || scalarExtent < capacity - FamilyList.limit
    }

    private mutating func newScalar() -> UInt32 {
        if let free = freeScalars.popLast() { return free }
        scalarExtent += 1
        return UInt32(CellSpace.scalarHalf + scalarExtent - 1)
    }

    /// Directories are reused within a family only: they point to its layout.
    private mutating func newDirectory(_ family: Int) -> UInt32 {
        if let free = freeDirectories[family]?.popLast() { return free }
        directoryExtent += 1
        return UInt32(CellSpace.directoryHalf + directoryExtent - 1)
    }
}

extension Shard {
    /// A counter series born here (or known here). With the family's limit reached it is the
    /// `other` series. Keep the handle: this hashes strings.
    public func counter(_ family: FamilyID, _ labelValues: [String] = []) -> Counter {
        Counter(slot: intern(family, labelValues, .counter))
    }

    /// A gauge series born here; see `counter`.
    public func gauge(_ family: FamilyID, _ labelValues: [String] = []) -> Gauge {
        Gauge(slot: intern(family, labelValues, .gauge))
    }

    /// A histogram series born here; see `counter`.
    public func histogram(_ family: FamilyID, _ labelValues: [String] = []) -> Histogram {
        let number = intern(family, labelValues, .histogram)
        return Histogram(directory: number, family: UInt32(family.index))
    }

    /// Forgets the series born here whose family has `label` with this value, for instance all of
    /// a removed cluster. Handles got from this shard for them must not be used afterwards: what
    /// was added before is in the next cut, and the cells may serve other labels after that cut.
    public func release(label: String, value: String) {
        births.release(label, value, families: families)
    }

    private func intern(_ id: FamilyID, _ labels: [String], _ kind: MetricKind) -> UInt32 {
        let record = families[id.index]
        precondition(
            record.family.kind == kind && record.family.labels.count == labels.count,
            "BUG: \(record.family.template): wrong kind or number of labels")
        return births.number(id.index, record, labels)
    }
}
