// The two numbers of a histogram line: a value that stands for a bucket, and a sample rate that
// stands for a count. Both as short as they can be, since they decide how many packets a flush
// takes. Integer arithmetic, and the one IEEE division that the server will do. Pure, any thread.

enum StatsdSample {
    /// The value near the middle of (lower, upper] with the fewest digits: at most a quarter of
    /// the width away from the middle, and always one that the bucket can hold. (0, 0] gives 0.
    static func representative(lowerExclusive lower: UInt64, upperInclusive upper: UInt64) -> UInt64
    {
        let width = upper - lower
        if width <= 1 { return upper }
        let middle = lower + 1 + (width - 1) / 2
        var step: UInt64 = 1
        while step <= upper / 10 { step *= 10 }
        while step > 1 {
            let (quotient, rest) = middle.quotientAndRemainder(dividingBy: step)
            let isUp = rest >= step - rest
            let (value, overflow) =
                isUp
                ? (quotient * step).addingReportingOverflow(step) : (quotient * step, false)
            let distance = isUp ? step - rest : rest
            if !overflow, value > lower, value <= upper, distance <= width / 4 { return value }
            step /= 10
        }
        return middle
    }

    /// The shortest decimal numerator/10^places whose reciprocal, in doubles, rounds to `count`
    /// and is within 1e-9 of it. `count` is 1 ... `StatsdEncoder.bucketCountMax`. No exponent is
    /// ever needed: etsy statsd reads digits and a point only.
    static func rate(restoring count: UInt64) -> (numerator: UInt64, places: Int) {
        precondition(
            count >= 1 && count <= StatsdEncoder.bucketCountMax, "BUG: count beyond a sample rate")
        if count == 1 { return (1, 0) }
        var scale: UInt64 = 1
        var places = 0
        while places < 18 {
            scale *= 10
            places += 1
            let numerator = (scale + count / 2) / count
            if numerator == 0 { continue }
            // Both are below 2^53 or powers of ten up to 10^18, so this is the double that a
            // server reads from the digits.
            let restored = 1 / (Double(numerator) / Double(scale))
            let error = (restored - Double(count)).magnitude
            if error < 0.5, error <= 1e-9 * Double(count) { return (numerator, places) }
        }
        preconditionFailure("BUG: no rate for \(count)")
    }
}
