import Testing

@testable import Exposition

@Suite struct ByteOutputTests {
    @Test(
        arguments: [
            (0, "0"), (7, "7"), (10, "10"), (99, "99"), (100, "100"), (12_345, "12345"),
            (999_999_999, "999999999"), (1 << 53, "9007199254740992"),
            (UInt64.max, "18446744073709551615"),
        ] as [(UInt64, String)])
    func decimal(_ value: UInt64, _ text: String) {
        var output = ByteOutput()
        output.append(decimal: value)
        #expect(output.text == text)
    }

    @Test(
        arguments: [
            (0, 9, "0"), (1, 9, "0.000000001"), (1_234_567, 9, "0.001234567"),
            (5_000_000, 9, "0.005"), (1_000_000_000, 9, "1"), (60_500_000_000, 9, "60.5"),
            (1_500_000, 6, "1.5"), (42, 0, "42"), (995, 1, "99.5"), (1000, 1, "100"),
            (UInt64.max, 9, "18446744073.709551615"),
        ] as [(UInt64, Int, String)])
    func scaled(_ value: UInt64, _ places: Int, _ text: String) {
        var output = ByteOutput()
        output.append(decimal: value, places: places)
        #expect(output.text == text)
    }

    @Test(
        arguments: [
            (-1, 0, "-1"), (Int64.min, 0, "-9223372036854775808"), (-1_500_000_000, 9, "-1.5"),
            (12, 0, "12"), (Int64.max, 0, "9223372036854775807"),
        ] as [(Int64, Int, String)])
    func signed(_ value: Int64, _ places: Int, _ text: String) {
        var output = ByteOutput()
        output.append(decimal: value, places: places)
        #expect(output.text == text)
        if places == 0 {
            output.removeAll()
            output.append(decimal: value)
            #expect(output.text == text)
        }
    }

    @Test func everyPowerOfTenAndItsNeighbours() {
        var power: UInt64 = 1
        for _ in 0..<20 {
            for value in [power &- 1, power, power &+ 1] {
                var output = ByteOutput()
                output.append(decimal: value)
                #expect(output.text == String(value))
            }
            power = power &* 10
        }
    }

    @Test func growsAcrossManyAppends() {
        var output = ByteOutput(capacity: 64)
        var wanted: [UInt8] = []
        for index in 0..<10_000 {
            output.append("line ")
            output.append(decimal: UInt64(index))
            output.append(UInt8(ascii: "\n"))
            wanted += Array("line \(index)\n".utf8)
        }
        #expect(output.bytes == wanted)
        output.truncate(to: 5)
        #expect(output.text == "line ")
        output.removeAll()
        #expect(output.count == 0 && output.memoryBytes >= wanted.count)
    }

    @Test func filledInPlace() {
        var output = ByteOutput()
        output.append("ab")
        output.appendFilled(3) { $0.copyBytes(from: [99, 100, 101]) }
        #expect(output.text == "abcde")
    }
}
