// Label values, each stored once however many series carry it: 40 families of one cluster share
// one string. Counted references free a value with its last series, so churn leaves nothing
// behind. Main only; snapshots hold frozen copies. Strings compare as Swift does, by canonical
// equivalence: two spellings of one accented letter are one value.

struct LabelValues {
    private var numbers: [String: UInt32] = [:]
    private var references: [UInt32] = []
    private var free: [UInt32] = []
    private(set) var strings = ChunkedTable<String>(shift: 6)
    /// UTF-8 bytes of all values, for the memory figure.
    private(set) var byteCount = 0

    var count: Int { numbers.count }

    subscript(number: UInt32) -> String { strings[Int(number)] }

    /// The number of a value that exists already.
    func find(_ value: String) -> UInt32? { numbers[value] }

    /// The number of a value, made when new, with one more reference.
    mutating func retain(_ value: String) -> UInt32 {
        if let number = numbers[value] {
            references[Int(number)] += 1
            return number
        }
        byteCount += value.utf8.count
        if let number = free.popLast() {
            strings.update(Int(number)) { $0 = value }
            references[Int(number)] = 1
            numbers[value] = number
            return number
        }
        let number = UInt32(strings.count)
        strings.append(value)
        references.append(1)
        numbers[value] = number
        return number
    }

    mutating func release(_ number: UInt32) {
        references[Int(number)] -= 1
        if references[Int(number)] > 0 { return }
        let value = strings[Int(number)]
        byteCount -= value.utf8.count
        numbers[value] = nil
        strings.update(Int(number)) { $0 = "" }
        free.append(number)
    }

    mutating func freeze() -> FrozenTable<String> { strings.freeze() }
}
