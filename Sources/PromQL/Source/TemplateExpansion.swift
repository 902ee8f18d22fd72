// The replacement of label_replace: a text with `$1`, `${1}`, `$name`, `${name}` and `$$`, expanded
// as Go's regexp does (https://pkg.go.dev/regexp#Regexp.Expand). Nothing is an error: what is no
// reference stays as it is, and an unknown group is empty. A value, any thread.

struct TemplateExpansion {
    /// By group number, the whole match at 0.
    let names: [String?]
    let groups: [[UInt8]]
    /// The expansion may be cut off behind so many bytes: more than fits is all one needs to know.
    let bytesMax: Int

    func expand(_ template: [UInt8]) -> [UInt8] {
        let dollar = UInt8(ascii: "$")
        var result: [UInt8] = []
        var rest = template[...]
        while result.count <= bytesMax, let place = rest.firstIndex(of: dollar) {
            result += rest[..<place]
            rest = rest[(place + 1)...]
            if rest.first == dollar {
                result.append(dollar)
                rest.removeFirst()
            } else if let (name, length) = Self.reference(rest) {
                result += group(name)
                rest = rest.dropFirst(length)
            } else {
                result.append(dollar)
            }
        }
        return result + rest
    }

    /// The name after a dollar and the bytes it takes, braces included; nil when there is none.
    private static func reference(_ rest: ArraySlice<UInt8>) -> (String, Int)? {
        let isBraced = rest.first == UInt8(ascii: "{")
        let text = String(decoding: isBraced ? rest.dropFirst() : rest, as: UTF8.self)
        let scalars = text.unicodeScalars.prefix { scalar in
            scalar == "_" || scalar.properties.generalCategory == .decimalNumber
                || scalar.properties.isLetter
        }
        let name = String(String.UnicodeScalarView(scalars))
        let length = name.utf8.count
        if length == 0 { return nil }
        if !isBraced { return (name, length) }
        guard text.utf8.dropFirst(length).first == UInt8(ascii: "}") else { return nil }
        return (name, length + 2)
    }

    /// An unknown group is empty.
    private func group(_ name: String) -> [UInt8] {
        let digits = name.utf8
        let isNumber =
            digits.allSatisfy { (48...57).contains($0) }
            && (digits.count == 1 || digits.first != UInt8(ascii: "0"))
        if isNumber {
            guard let number = Int(name), number < groups.count else { return [] }
            return groups[number]
        }
        for (index, candidate) in names.enumerated() where candidate == name {
            return groups[index]
        }
        return []
    }
}

extension Unicode.Scalar.Properties {
    fileprivate var isLetter: Bool {
        switch generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            true
        default: false
        }
    }
}
