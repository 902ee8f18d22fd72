// docs/metrics.md is the catalogue, written out: the page and the declarations may not differ.
// `WEIR_UPDATE_DOCS=1 swift test --filter MetricsReference` (or `make docs`) writes the page anew.

import Foundation
import Stats
import Testing

@testable import Proxy

struct MetricsReferenceTests {
    @Test func thePageIsTheCatalogue() throws {
        let page = MetricsCatalogue.reference()
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appending(path: "docs/metrics.md")
        if ProcessInfo.processInfo.environment["WEIR_UPDATE_DOCS"] == "1" {
            try page.write(to: file, atomically: true, encoding: .utf8)
        }
        let stored = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        #expect(stored == page, "docs/metrics.md is stale: run `make docs`")
    }

    @Test func namesFollowPrometheusConventions() {
        for family in MetricsCatalogue.full() {
            #expect(family.prometheusName.hasPrefix("weir_"))
            #expect(!family.help.isEmpty)
            #expect(family.help.hasSuffix("."), "\(family.template): \(family.help)")
            if family.kind == .counter { #expect(family.prometheusName.hasSuffix("_total")) }
            if family.kind != .counter { #expect(!family.prometheusName.hasSuffix("_total")) }
        }
    }
}
