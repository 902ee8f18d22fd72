// The program from its arguments to its exit code: 0 done, 1 cannot serve, 2 wrong usage.
// Everything that main.swift calls. It must not start anything before the whole command line is
// understood. Main thread.

import EventLoop

/// `weir`, as a function.
public enum WeirProgram {
    /// Runs with the process's arguments, the program's own path first; returns the exit code.
    public static func run(_ arguments: [String]) -> Int32 {
        let options: Options
        do throws(OptionsEnd) {
            options = try Options.read(Array(arguments.dropFirst()))
        } catch {
            if error.isSuccess {
                Output.say(error.text)
                return 0
            }
            Output.complain(error.text)
            return 2
        }
        do throws(UsageError) {
            let settings = try Settings(options)
            return run(settings, programPath: arguments.first ?? "weir")
        } catch {
            Output.complain(error.description)
            return 2
        }
    }

    private static func run(_ settings: Settings, programPath: String) -> Int32 {
        Log.start(settings.logLevel)
        if let problem = settings.statsdProblem { Log.warning(problem) }
        if settings.mode == .validate {
            Output.say("weir: the configuration is valid: \(summary(settings.proxy))")
            return 0
        }
        let server: Server
        do throws(SystemError) {
            server = try Server(settings, programPath: programPath)
        } catch {
            Output.complain("cannot start: \(error)")
            return 1
        }
        do throws(StartFailure) {
            try server.start()
        } catch {
            Output.complain(error.description)
            return 1
        }
        return server.run()
    }

    private static func summary(_ config: ProxyConfig) -> String {
        let endpoints = config.clusters.reduce(0) { $0 + $1.endpoints.count }
        func counted(_ count: Int, _ noun: String) -> String {
            "\(count) \(noun)\(count == 1 ? "" : "s")"
        }
        return "\(counted(config.listeners.count, "listener")), "
            + "\(counted(config.clusters.count, "cluster")), \(counted(endpoints, "endpoint"))"
    }
}
