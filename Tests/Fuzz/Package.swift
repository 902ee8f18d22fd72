// swift-tools-version: 6.2
// The fuzzer: a package of its own, since it is built with coverage instrumentation and with
// libFuzzer's main. run.py builds and runs it (`make fuzz`); the same targets and seeds are a unit
// test of the main package, which replays them without the fuzzer.
import PackageDescription

let package = Package(
    name: "WeirFuzz",
    dependencies: [.package(name: "weir", path: "../..")],
    targets: [
        .executableTarget(
            name: "WeirFuzz",
            dependencies: [.product(name: "WeirParsers", package: "weir")],
            path: ".",
            exclude: ["Corpus", "ReplayTests.swift", "run.py"],
            swiftSettings: [
                .swiftLanguageMode(.v6),
                .treatAllWarnings(as: .error),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .unsafeFlags(["-parse-as-library"]),
            ])
    ]
)
