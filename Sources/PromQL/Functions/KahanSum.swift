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
