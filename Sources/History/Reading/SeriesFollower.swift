// Follows chosen series from frame to frame and says how much each grew: exactly, over keyframes,
// births, deaths and restarts, because a fresh slot counts from zero and a boot has its origin.
// Fed with every frame of a walk, including those before the range: they are the base line.
// Reader's thread.

/// How far the file was observed between two frames that follow each other.
struct FrameSpan {
    /// Since the frame before of the same boot, or since the boot's start; 0 when unknown.
    let coveredMillis: Int64
}

struct SeriesFollower {
    /// One followed series after a frame.
    struct Track {
        /// nil while the series is not alive.
        var value: SampleValue?
        /// Growth since the frame before; nil for gauges and where no base line exists.
        var growth: SampleValue?
    }

    private(set) var tracks: [Track]
    private let places: [Int64: Int]
    private let bootStarts: [Int64: Int64]
    /// Slots of the current group that belong to followed series.
    private var followed: [(slot: Int, place: Int)] = []
    private var previous: (id: Int64, boot: Int64, time: Int64)?

    init(seriesIDs: [Int64], bootStarts: [Int64: Int64]) {
        tracks = [Track](repeating: Track(), count: seriesIDs.count)
        places = Dictionary(
            seriesIDs.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        self.bootStarts = bootStarts
    }

    /// Takes the next frame; `tracks` then holds values and growth.
    mutating func take(_ frame: FrameView) -> FrameSpan {
        let isSameBoot = previous.map { $0.boot == frame.boot } ?? false
        let old = tracks
        for index in tracks.indices { tracks[index] = Track() }
        var fresh = [SampleValue?](repeating: nil, count: tracks.count)
        var settled = fresh
        findSlots(frame.decoder)
        for (number, place) in followed {
            let slot = frame.decoder.slots[number]
            if !slot.isAlive { continue }
            if slot.isFresh, frame.decoder.born.contains(number) {
                fresh[place] = fresh[place]?.adding(slot.sample) ?? slot.sample
            } else {
                settled[place] = settled[place]?.adding(slot.sample) ?? slot.sample
            }
        }
        for place in tracks.indices {
            tracks[place].value = Self.sum(settled[place], fresh[place])
            let base = isSameBoot ? old[place].value : nil
            let grown = base == nil ? nil : settled[place]?.grown(since: base)
            tracks[place].growth = Self.sum(grown, fresh[place]?.grown(since: nil))
        }
        return advance(frame, isSameBoot: isSameBoot)
    }

    /// Slots get their series at birth and keep it inside a group.
    private mutating func findSlots(_ decoder: FrameDecoder) {
        if decoder.isKeyframe { followed.removeAll(keepingCapacity: true) }
        for number in decoder.born {
            if let place = places[decoder.slots[number].seriesID] {
                followed.append((number, place))
            }
        }
    }

    private mutating func advance(_ frame: FrameView, isSameBoot: Bool) -> FrameSpan {
        var from: Int64?
        if let previous, isSameBoot {
            from = previous.time
        } else if frame.decoder.slots.contains(where: { $0.isFresh }) {
            from = bootStarts[frame.boot]
        }
        previous = (frame.id, frame.boot, frame.timeMillis)
        return FrameSpan(coveredMillis: from.map { max(0, frame.timeMillis - $0) } ?? 0)
    }

    private static func sum(_ a: SampleValue?, _ b: SampleValue?) -> SampleValue? {
        guard let a else { return b }
        return b.map { a.adding($0) } ?? a
    }
}
