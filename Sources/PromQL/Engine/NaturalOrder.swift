// Texts ordered as people number things: runs of digits compare as numbers, all else byte by
// byte. "4m5" stands before "4m600". For sort_by_label and sort_by_label_desc, which promise this
// order and no locale's. Pure, any thread.

enum NaturalOrder {
    static func precedes(_ left: String, _ right: String) -> Bool {
        let (one, other) = (chunks(of: left), chunks(of: right))
        for (mine, its) in zip(one, other) where mine != its {
            let isNumeric = isDigit(mine[mine.startIndex]) && isDigit(its[its.startIndex])
            guard isNumeric else { return mine.lexicographicallyPrecedes(its) }
            let (number, another) = (significant(mine), significant(its))
            if number.count != another.count { return number.count < another.count }
            if number != another { return number.lexicographicallyPrecedes(another) }
        }
        return one.count < other.count
    }

    /// Runs of digits and runs of everything else, in turns.
    private static func chunks(of text: String) -> [ArraySlice<UInt8>] {
        let bytes = Array(text.utf8)
        var result: [ArraySlice<UInt8>] = []
        var start = 0
        for index in bytes.indices {
            let isLast = index + 1 == bytes.count
            if isLast || isDigit(bytes[index]) != isDigit(bytes[index + 1]) {
                result.append(bytes[start...index])
                start = index + 1
            }
        }
        return result
    }

    private static func significant(_ digits: ArraySlice<UInt8>) -> [UInt8] {
        Array(digits.drop { $0 == UInt8(ascii: "0") })
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
