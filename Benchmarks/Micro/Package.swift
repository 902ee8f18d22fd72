// swift-tools-version: 6.1
// Microbenchmarks of weir's modules: a package of its own, so that building and testing weir never
// fetches or builds the benchmark library. `make bench-micro` runs it.
// `traits: []` leaves out the library's malloc interposer: what is measured here is time.
import PackageDescription

let package = Package(
    name: "WeirMicro",
    dependencies: [
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
        .package(name: "weir", path: "../.."),
    ],
    targets: [
        // The library's plugin takes targets whose folder lies in one called Benchmarks: this one.
        .executableTarget(
            name: "Micro",
            dependencies: [
                .product(name: "Benchmark", package: "benchmark"),
                .product(name: "WeirModules", package: "weir"),
            ],
            path: ".",
            exclude: ["run.py"],
            swiftSettings: [.swiftLanguageMode(.v6)],
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
    ]
)
