// Merging a cut: births first, then exact wrapping deltas onto totals, then releases. The cost
// follows what the cut carries. Main only; the inner loop is a subtraction, a compare, a flag
// check and an add per cell of a dirty page. What an add means for a series that is new to
// snapshots or on its way out is kept out of that loop.

extension Registry {
    /// Adds a cut to the totals. Each cut of a shard once, in order.
    public func apply(_ cut: Cut) {
        let mirror = mirrors[cut.shard.index]
        precondition(
            mirror.isOpen && cut.sequence == mirror.sequence + 1,
            "BUG: cut \(cut.sequence) of \(mirror.name) after \(mirror.sequence)")
        clock += 1
        mirror.sequence = cut.sequence
        mirror.appliedAt = clock
        mirror.shardBytes = cut.shardBytes
        foldedSeries &+= cut.folded
        refusedRecords &+= cut.refusedRecords
        for birth in cut.births {
            let adopted = intern(birth.family, birth.labels)
            mirror.map(birth, to: adopted, kind: declared[birth.family].kind)
        }
        mergeScalars(cut, mirror)
        mergeHistograms(cut, mirror)
        if cut.releases.isEmpty { return }
        for release in cut.releases { mirror.unmap(release) }
        forgetBlocks()
    }

    private func mergeScalars(_ cut: Cut, _ mirror: ShardMirror) {
        var position = 0
        for run in cut.runs {
            let first = Int(run >> 32)
            let length = Int(run & 0xFFFF_FFFF)
            precondition(
                first + length <= 2 * CellSpace.scalarHalf
                    && position + length <= cut.values.count, "BUG: cut out of range")
            unsafe cut.values.withUnsafeBufferPointer { values in
                guard let source = values.baseAddress else { return }
                if first < CellSpace.scalarHalf {
                    unsafe mergeShared(first, length, source + position, mirror.cells)
                } else {
                    unsafe mergeLocal(first, length, source + position, mirror)
                }
            }
            position += length
        }
    }

    /// Shared cells: the cell number is the series number.
    @unsafe private func mergeShared(
        _ first: Int, _ length: Int, _ new: UnsafePointer<UInt64>,
        _ seen: UnsafeMutablePointer<UInt64>
    ) {
        for offset in 0..<length {
            let number = first + offset
            let value = unsafe new[offset]
            let delta = unsafe value &- seen[number]
            if delta == 0 { continue }
            unsafe seen[number] = value
            if unsafe flags[number] != Flag.plain, !admit(number, delta) { continue }
            unsafe totals[number] &+= delta
            unsafe chunkMarks[number >> Self.valueShift] = 1
        }
    }

    /// Cells born in the shard: their series comes from its map.
    @unsafe private func mergeLocal(
        _ first: Int, _ length: Int, _ new: UnsafePointer<UInt64>, _ mirror: ShardMirror
    ) {
        let base = first - CellSpace.scalarHalf
        for offset in 0..<length {
            let value = unsafe new[offset]
            let delta = unsafe value &- mirror.cells[first + offset]
            if delta == 0 { continue }
            unsafe mirror.cells[first + offset] = value
            let mapped = mirror.localScalars[base + offset]
            if mapped == ShardMirror.unmapped {
                strayAdds &+= delta
                continue
            }
            let number = Int(mapped)
            if unsafe flags[number] != Flag.plain, !admit(number, delta) { continue }
            unsafe totals[number] &+= delta
            unsafe chunkMarks[number >> Self.valueShift] = 1
        }
    }

    private func mergeHistograms(_ cut: Cut, _ mirror: ShardMirror) {
        let words = cut.histograms
        var position = 0
        while position < words.count {
            let directory = Int(words[position] & 0xFFFF_FFFF)
            let pages = Int(words[position] >> 32)
            let sum = words[position + 1]
            let first = position + 2
            var end = first
            for _ in 0..<pages {
                end += 1 + (words[end] & 0xFFFF_FFFF).nonzeroBitCount
            }
            position = end
            guard let number = owner(directory, mirror) else {
                strayAdds &+= 1
                continue
            }
            if unsafe flags[number] != Flag.plain, !admit(number, 1) { continue }
            let histogram = Int(series[number].histogram)
            let detaches = histogramOwnedSince[histogram] != sequence
            histogramOwnedSince[histogram] = sequence
            histograms.update(histogram) { value in
                if detaches { value.detach() }
                value.add(words[first..<end], sum: sum)
            }
        }
    }

    private func owner(_ directory: Int, _ mirror: ShardMirror) -> Int? {
        if directory < CellSpace.directoryHalf { return histogramSeries[directory] }
        let mapped = mirror.localHistograms[directory - CellSpace.directoryHalf]
        return mapped == ShardMirror.unmapped ? nil : Int(mapped)
    }

    /// A change of a series that is new, retired, hidden or free. False when it has no owner.
    private func admit(_ number: Int, _ amount: UInt64) -> Bool {
        let entry = series[number]
        switch entry.state {
        case .free:
            strayAdds &+= amount
            return false
        case .live:
            unsafe flags[number] = Flag.plain
        case .retired:
            retirements[number]?.sealedAt = nil
        case .hidden:
            // Still used by a worker: it comes back under its new generation.
            retirements[number]?.sealedAt = nil
            retirements[number]?.isBlocked = false
            series.update(number) { $0.state = .retired }
            show(number)
        }
        if !entry.touched { series.update(number) { $0.touched = true } }
        return true
    }
}
