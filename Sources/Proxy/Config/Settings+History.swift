// The flags of the history: how long each of its four resolutions is kept, and how large the file
// may become. A list of fewer ages leaves the coarser tiers as they are. Checked here, used by the
// history thread. Main, at start.

import History

extension Settings {
    /// `2d,14d,90d,3y`: fewer ages leave the last ones as they are.
    static func retention(_ text: String) throws(UsageError) -> [Int64] {
        let flag = "--history-retention"
        var result = HistoryOptions.retentionDefault
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count <= result.count else {
            throw UsageError(
                flag: flag, value: text, "has more than four ages; use a form such as 2d,14d,90d,3y"
            )
        }
        for (place, part) in parts.enumerated() {
            guard let millis = TimeText.duration(String(part)), millis >= 60_000 else {
                throw UsageError(
                    flag: flag, value: text,
                    "is no list of ages of a minute and more; use a form such as 2d,14d,90d,3y")
            }
            result[place] = millis
        }
        return result
    }

    static func historySize(_ text: String) throws(UsageError) -> Int64 {
        let least: UInt64 = 4 << 20
        guard let bytes = SizeText.bytes(text), bytes >= least, bytes <= 1 << 50 else {
            throw UsageError(
                flag: "--history-size", value: text,
                "is not a size of 4MiB and more; use a form such as 512MiB or 2GiB")
        }
        return Int64(bytes)
    }
}
