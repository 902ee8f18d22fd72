// Publishing: copies the touched chunks of totals into the immutable tables and wraps them up. The
// cost follows what changed since the last snapshot, plus one reference per 64 series. Main only.
// A published chunk is never written again, so readers on other threads need no lock.

extension Registry {
    /// The totals of all applied cuts, with the caller's two clocks. Numbers from 1.
    public func snapshot(wallMillis: Int64, monotonicNanos: UInt64) -> Snapshot {
        sequence += 1
        settle()
        publishValues()
        for family in order.indices { refreshOrder(family) }
        let late = mirrors.filter { $0.isLate && $0.isOpen }.map(\.name)
        for mirror in mirrors { mirror.isLate = false }
        return Snapshot(
            sequence: sequence, wallMillis: wallMillis, monotonicNanos: monotonicNanos,
            lateShards: late, seriesCount: seriesCount,
            tables: SnapshotTables(
                families: declared, templates: templates, sorted: sorted,
                entries: series.freezeEntries(), labels: series.freezeValues(),
                values: values.freeze(), histograms: histograms.freeze()))
    }

    private func publishValues() {
        let chunks = (series.count + (1 << Self.valueShift) - 1) >> Self.valueShift
        let marks = unsafe UnsafeMutableRawPointer(chunkMarks).assumingMemoryBound(to: UInt64.self)
        for index in 0..<(chunks + 7) / 8 {
            var word = unsafe marks[index]
            if word == 0 { continue }
            unsafe marks[index] = 0
            while word != 0 {
                let byte = word.trailingZeroBitCount / 8
                word &= ~(0xFF << UInt64(byte * 8))
                let chunk = index * 8 + byte
                let source = unsafe UnsafeBufferPointer(
                    start: totals + chunk << Self.valueShift, count: values.chunkCount(chunk))
                unsafe values.replaceChunk(chunk, with: [UInt64](source))
            }
        }
    }

    /// Brings a family's label order up to date: sorts the newcomers, merges them in.
    private func refreshOrder(_ family: Int) {
        if order[family].newcomers.isEmpty, !order[family].lostSome { return }
        let labelCount = declared[family].labels.count
        var old = sorted[family]
        if order[family].lostSome {
            let arriving = Set(order[family].newcomers)
            old.removeAll {
                !series[$0.index].isVisible || arriving.contains($0.index)
                    || Int(series[$0.index].family) != family
            }
        }
        var seen: Set<Int> = []
        let newcomers = order[family].newcomers
            .filter {
                series[$0].isVisible && Int(series[$0].family) == family && seen.insert($0).inserted
            }
            .sorted { precedes($0, $1, labelCount) }
        order[family].newcomers = []
        order[family].lostSome = false
        var merged: [SeriesID] = []
        merged.reserveCapacity(old.count + newcomers.count)
        var next = old.makeIterator()
        var pending = next.next()
        for number in newcomers {
            while let id = pending, precedes(id.index, number, labelCount) {
                merged.append(id)
                pending = next.next()
            }
            merged.append(SeriesID(index: number))
        }
        while let id = pending {
            merged.append(id)
            pending = next.next()
        }
        sorted[family] = merged
    }

    private func precedes(_ a: Int, _ b: Int, _ labelCount: Int) -> Bool {
        let (left, right) = (series[a].labels, series[b].labels)
        for position in 0..<labelCount where left[position] != right[position] {
            return series.values[left[position]] < series.values[right[position]]
        }
        return false
    }
}
