// Which blocks answer a question: the wanted tier where it has blocks, finer ones where it has none
// yet, coarser ones where the finer have expired. Blocks are compared by the frames they cover, not
// by time, so clock steps cannot open a gap or count anything twice. Values only.

/// How a reader chooses the resolution.
public enum TierChoice: Sendable, Equatable {
    case exactly(HistoryTier)
    /// The coarsest tier whose step is at most this long.
    case stepAtMost(Int64)

    var tier: HistoryTier {
        switch self {
        case .exactly(let tier): tier
        case .stepAtMost(let millis):
            HistoryTier.allCases.last { $0.stepMillis <= millis } ?? .flush
        }
    }
}

/// A block, or part of it, to be read.
struct PlannedBlock {
    let key: BlockKey
    var frames: ClosedRange<Int64>
}

enum WindowPlan {
    /// - Parameter blocks: all that lie in the window, of every tier.
    /// - Returns: in the order of their frames, without overlap.
    static func choose(_ blocks: [BlockKey], _ wanted: HistoryTier) -> [PlannedBlock] {
        let finer = HistoryTier.allCases.filter { $0 <= wanted }.reversed()
        let coarser = HistoryTier.allCases.filter { $0 > wanted }
        var planned: [PlannedBlock] = []
        for tier in Array(finer) + coarser {
            let covered = planned.map(\.frames).sorted { $0.lowerBound < $1.lowerBound }
            for key in blocks where key.tier == tier {
                var low = key.firstFrame
                for range in covered
                where range.upperBound >= low && range.lowerBound <= key.lastFrame {
                    if range.lowerBound > low {
                        planned.append(PlannedBlock(key: key, frames: low...range.lowerBound - 1))
                    }
                    low = range.upperBound + 1
                }
                if low <= key.lastFrame {
                    planned.append(PlannedBlock(key: key, frames: low...key.lastFrame))
                }
            }
        }
        return planned.sorted { $0.frames.lowerBound < $1.frames.lowerBound }
    }

    /// Samples of an opened block to use, given where the frames used so far end. A coarse block in
    /// front of finer ones is used up to the end of a whole window, so that no life's last count
    /// falls between them.
    static func range(
        of block: Block, _ planned: PlannedBlock, after used: Int64
    ) -> Range<Int> {
        let low = max(planned.frames.lowerBound, used + 1)
        let lower = block.frames.firstIndex { $0 >= low } ?? block.frames.count
        guard planned.frames.upperBound < planned.key.lastFrame else {
            return lower..<block.frames.count
        }
        let last = block.frames.firstIndex { $0 >= planned.frames.upperBound }
        return lower..<max(lower, last.map { $0 + 1 } ?? block.frames.count)
    }
}
