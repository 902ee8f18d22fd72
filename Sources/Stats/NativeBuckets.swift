// The native bucket grid: Prometheus schema 4 over UInt64, 16 buckets per octave. Bucket i covers
// (2^((i-1)/16), 2^(i/16)], i = 0...1024; value 0 has a bucket of its own. Integer arithmetic
// only: the 15 inner thresholds of an octave are known to 64 bits, so no value is ever misplaced.
// Pure, any thread. Prometheus: native histograms, "standard schemas".

enum NativeBuckets {
    static let schema = 4
    /// Buckets 0...1024; the last one ends at 2^64.
    static let count = 1025

    /// floor(2^(63 + j/16)) for j = 1...15.
    static let thresholds: [UInt64] = [
        0x85aa_c367_cc48_7b14, 0x8b95_c1e3_ea8b_d6e6, 0x91c3_d373_ab11_c336,
        0x9837_f051_8db8_a96f, 0x9ef5_3260_91a1_11ad, 0xa5fe_d6a9_b151_38ea,
        0xad58_3eea_42a1_4ac6, 0xb504_f333_f9de_6484, 0xbd08_a39f_580c_36be,
        0xc567_2a11_5506_dadd, 0xce24_8c15_1f84_80e3, 0xd744_fcca_d69d_6af4,
        0xe0cc_deec_2a94_e111, 0xeac0_c6e7_dd24_392e, 0xf525_7d15_2486_cc2c,
    ]

    /// Largest integer in bucket `index` (or below it when it holds none): floor(2^(index/16)),
    /// and 2^64-1 for the last one.
    static func upper(_ index: Int) -> UInt64 {
        let (octave, step) = (index / 16, index % 16)
        if octave == 64 { return .max }
        if step == 0 { return 1 << UInt64(octave) }
        return thresholds[step - 1] >> UInt64(63 - octave)
    }

    /// Bucket of `value` >= 1. With s = leading zeros of value-1, value*2^s - 1 compares against
    /// the thresholds exactly as value compares against the real bounds: both sides lose only bits
    /// that are ones on the left and below the point on the right.
    static func index(of value: UInt64) -> Int {
        precondition(value >= 1, "BUG: value 0 has the zero bucket")
        if value == 1 { return 0 }
        let shift = (value - 1).leadingZeroBitCount
        let mantissa = (value << UInt64(shift)) &- 1
        return (63 - shift) * 16 + 1 + thresholds.count { $0 <= mantissa }
    }

    /// Real lower and upper bound of a bucket, for interpolation.
    static func realBounds(_ index: Int) -> (lower: Double, upper: Double) {
        (realBound(index - 1), realBound(index))
    }

    private static func realBound(_ index: Int) -> Double {
        let octave = index >> 4
        let step = index & 15
        let mantissa = step == 0 ? 1 : Double(thresholds[step - 1]) * 0x1p-63
        return Double(sign: .plus, exponent: octave, significand: mantissa)
    }
}
