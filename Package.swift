// swift-tools-version: 6.2
// weir: one target per module; an arrow that is not listed here does not compile.
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Test code may touch raw memory freely; everything else holds as in Sources.
let testing: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let argumentParser: Target.Dependency = .product(
    name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "weir",
    products: [
        .executable(name: "weir", targets: ["weir"]),
        .executable(name: "statsctl", targets: ["statsctl"]),
        // What Benchmarks/Micro measures and what Tests/Fuzz fuzzes; nothing else is offered to
        // other packages.
        .library(name: "WeirModules", targets: ["Stats", "Exposition", "EventLoop", "HTTP1"]),
        .library(name: "WeirParsers", targets: ["History", "HTTP1", "PromQL"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: [
        .target(name: "CLinux"),
        .systemLibrary(
            name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(
            name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .target(name: "Stats", dependencies: ["CLinux"], swiftSettings: strict),
        .target(name: "Exposition", dependencies: ["Stats"], swiftSettings: strict),
        .target(
            name: "History", dependencies: ["Stats", "CSQLite", "CZstd"], swiftSettings: strict),
        .target(
            name: "HistoryQuery", dependencies: ["Stats", "History", "PromQL"],
            swiftSettings: strict),
        .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),
        .target(name: "PromQL", dependencies: ["CRE2"], swiftSettings: strict),
        .target(name: "PromQLTest", dependencies: ["PromQL"], swiftSettings: strict),
        .target(name: "QueryAPI", dependencies: ["PromQL"], swiftSettings: strict),
        .target(name: "EventLoop", dependencies: ["CLinux"], swiftSettings: strict),
        .target(name: "HTTP1", swiftSettings: strict),
        .target(
            name: "Proxy",
            dependencies: [
                "CLinux", "Stats", "Exposition", "History", "HistoryQuery", "PromQL", "QueryAPI",
                "EventLoop", "HTTP1", argumentParser,
            ],
            swiftSettings: strict),
        .executableTarget(name: "weir", dependencies: ["Proxy"], swiftSettings: strict),
        .executableTarget(
            name: "statsctl",
            dependencies: [
                "Stats", "History", "HistoryQuery", "PromQL", "PromQLTest", "QueryAPI",
                argumentParser,
            ],
            swiftSettings: strict),
        .testTarget(name: "StatsTests", dependencies: ["Stats"], swiftSettings: testing),
        .testTarget(
            name: "ExpositionTests", dependencies: ["Exposition", "Stats"], swiftSettings: testing),
        .testTarget(
            name: "HistoryTests", dependencies: ["History", "HistoryCrash", "Stats"],
            swiftSettings: testing),
        .executableTarget(
            name: "HistoryCrash", dependencies: ["History", "Stats"], path: "Tests/HistoryCrash",
            swiftSettings: testing),
        // What `make bench-history` writes its files with.
        .executableTarget(
            name: "HistoryLoad", dependencies: ["History", "Stats"],
            path: "Benchmarks/History/Load", swiftSettings: testing),
        .testTarget(
            name: "QueryAPITests", dependencies: ["PromQL", "QueryAPI"], swiftSettings: testing),
        .testTarget(
            name: "HistoryQueryTests",
            dependencies: ["HistoryQuery", "History", "Stats", "PromQL"], swiftSettings: testing),
        .testTarget(
            name: "PromQLTests", dependencies: ["PromQL", "PromQLTest"], exclude: ["Cases"],
            swiftSettings: testing),
        .testTarget(
            name: "PromQLTestTests", dependencies: ["PromQL", "PromQLTest"],
            swiftSettings: testing),
        .testTarget(
            name: "StatsctlTests", dependencies: ["statsctl", "History", "PromQL"],
            swiftSettings: testing),
        .testTarget(
            name: "FuzzTests", dependencies: ["History", "HTTP1", "PromQL"], path: "Tests/Fuzz",
            exclude: ["Corpus", "Entry.swift", "Package.swift", "run.py"],
            swiftSettings: testing),
        .testTarget(name: "EventLoopTests", dependencies: ["EventLoop"], swiftSettings: testing),
        .testTarget(name: "HTTP1Tests", dependencies: ["HTTP1"], swiftSettings: testing),
        .testTarget(
            name: "ProxyTests",
            dependencies: [
                "Proxy", "History", "PromQL", "QueryAPI", "Stats", "EventLoop", "HTTP1",
            ],
            swiftSettings: testing),
    ]
)
