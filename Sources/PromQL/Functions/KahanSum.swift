// Summation that carries what rounding lost (Kahan's, in
// Neumaier's form): 1 + 1e100 + 1 - 1e100 is 2. Four additions a
// number. A value, any thread.

import Glibc

struct KahanSum {
    private(set) var sum = 0.0
    private(set) var lost = 0.0

    @inline(__always)
    init(_ first: Double = 0, lost: Double = 0) {
        sum = first
        self.lost = lost
    }

    @inline(__always)
    mutating func add(_ number: Double) {
        let total = sum + number
        if total.isInfinite {
            lost = 0
        } else if sum.magnitude >= number.magnitude {
            lost += (sum - total) + number
        } else {
            lost += (number - total) + sum
        }
        sum = total
    }

    @inline(__always)
    var value: Double { sum + lost }
}

/// A mean by its sum, or step by step once the sum would overflow.
struct CompensatedMean {
    private var sum = KahanSum()
    private var count = 0.0
    private var isIncremental = false

    @inline(__always)
    mutating func add(_ value: Double) {
        count += 1
        if !isIncremental {
            var next = sum
            next.add(value)
            // The first value is the sum as it is, an infinity among them.
            if count == 1 || !next.sum.isInfinite {
                sum = next
                return
            }
            isIncremental = true
            sum = KahanSum(sum.sum / (count - 1), lost: sum.lost / (count - 1))
        }
        let weight = (count - 1) / count
        sum = KahanSum(weight * sum.sum, lost: weight * sum.lost)
        sum.add(value / count)
    }

    var mean: Double {
        isIncremental ? sum.value : sum.sum / count + sum.lost / count
    }
}
