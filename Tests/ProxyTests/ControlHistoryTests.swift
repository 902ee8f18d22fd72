// Main's side of the history: the queue of frames that wait, as a value, and which mark or answer
// a request to the history's own endpoints becomes. No thread, no file.

import Foundation
import History
import QueryAPI
import Testing

@testable import Proxy

@Suite struct ControlHistoryTests {
    // MARK: the queue

    @Test func framesLeaveInTheOrderTheyCame() {
        var queue = FrameQueue<Int>()
        for frame in 1...5 { #expect(queue.append(frame, bytes: 10) == 0) }
        #expect(queue.count == 5 && queue.bytes == 50)
        #expect((1...5).map { _ in queue.popOldest() } == [1, 2, 3, 4, 5])
        #expect(queue.popOldest() == nil && queue.bytes == 0)
    }

    @Test func aFullQueueMergesItsOldest() {
        var queue = FrameQueue<Int>()
        let countMax = FrameQueue<Int>.countMax
        for frame in 0..<countMax { #expect(queue.append(frame, bytes: 1) == 0) }
        #expect(queue.append(countMax, bytes: 1) == 1)
        #expect(queue.all == Array(1...countMax))
        // One that could not be written comes back as the oldest and goes first.
        #expect(queue.putBack(0, bytes: 1) == 1)
        #expect(queue.all == Array(1...countMax))
    }

    @Test func memoryIsBoundedAndTheYoungestAlwaysStays() {
        var queue = FrameQueue<Int>()
        let half = FrameQueue<Int>.bytesMax / 2
        #expect(queue.append(1, bytes: half) == 0)
        #expect(queue.append(2, bytes: half) == 0)
        #expect(queue.append(3, bytes: half) == 0)
        #expect(queue.append(4, bytes: half) == 1)
        #expect(queue.all == [2, 3, 4])
        // The youngest may be of any size; what waits before it is too much then.
        #expect(queue.append(5, bytes: 10 * half) == 1)
        #expect(queue.all == [3, 4, 5])
        #expect(queue.append(6, bytes: 1) == 3)
        #expect(queue.all == [6])
        #expect(queue.putBack(5, bytes: 10 * half) == 1)
        #expect(queue.all == [6] && queue.bytes == 1)
    }

    // MARK: the endpoints

    private func route(
        _ name: String, _ method: APIRequest.Method = .post,
        _ parameters: [(name: String, value: String)] = []
    ) -> HistoryRoute {
        HistoryRoute.route(
            APIRequest(
                path: "/api/v1/history/" + name, method: method, parameters: parameters),
            nowMillis: 1_800_000_000_000, startMillis: 1_799_000_000_000)
    }

    private func mark(
        _ name: String, _ parameters: [(name: String, value: String)]
    ) -> HistoryMark? {
        if case .write(let mark) = route(name, .post, parameters) { mark } else { nil }
    }

    private func refusal(
        _ name: String, _ method: APIRequest.Method = .post,
        _ parameters: [(name: String, value: String)] = []
    ) -> (status: Int, text: String)? {
        guard case .refused(let response) = route(name, method, parameters) else { return nil }
        return (response.status, String(decoding: response.body, as: UTF8.self))
    }

    @Test func parametersBecomeMarks() {
        #expect(
            mark("annotate", [("text", "deploy ä")])
                == .annotation(
                    kind: "annotation", subject: "", text: "deploy ä",
                    atMillis: 1_800_000_000_000))
        #expect(
            mark(
                "annotate",
                [("text", "x"), ("kind", "k"), ("subject", "s"), ("time", "1435781451.781")])
                == .annotation(kind: "k", subject: "s", text: "x", atMillis: 1_435_781_451_781))
        #expect(
            mark("pin", [("start", "1"), ("end", "1970-01-01T00:00:02Z"), ("reason", "r")])
                == .pin(from: 1000, to: 2000, reason: "r"))
        #expect(mark("unpin", [("pin", "7"), ("boot", "1799000000000")]) == .unpin(7))
    }

    @Test(arguments: [
        ("annotate", [], "text: say what happened"),
        ("annotate", [("text", "a\u{1b}[2J")], "control character (U+001B)"),
        ("annotate", [("text", "a\u{2028}b")], "control character (U+2028)"),
        ("annotate", [("text", String(repeating: "ä", count: 513))], "1026 bytes"),
        ("annotate", [("text", "a"), ("kind", String(repeating: "k", count: 65))], "kind: 65"),
        ("annotate", [("text", "a"), ("time", "soon")], "neither Unix seconds nor RFC 3339"),
        ("annotate", [("text", "a"), ("time", "-5")], "1970"),
        ("annotate", [("text", "a"), ("time", "1800086401")], "time: it may lie a day ahead"),
        ("annotate", [("text", "a\u{202E}b")], "invisible character (U+202E)"),
        ("annotate", [("text", "a"), ("tmie", "5")], "no parameter"),
        ("annotate", [("text", "a"), ("boot", "5")], "another weir"),
        ("pin", [("start", "1")], "start and end"),
        ("pin", [("start", "3"), ("end", "2")], "after the end"),
        ("pin", [("start", "1"), ("end", "1900000000")], "a day ahead"),
        ("unpin", [], "the number of a pin"),
        ("unpin", [("pin", "one")], "the number of a pin"),
    ])
    func whatIsWrongIsNamed(name: String, given: [(String, String)], words: String) {
        let found = refusal(name, .post, given.map { (name: $0.0, value: $0.1) })
        #expect(found?.status == 400 && found?.text.contains(words) == true, "\(found as Any)")
    }

    @Test func readingTakesGetAndWritingTakesPost() {
        for name in ["annotate", "pin", "unpin"] { #expect(refusal(name, .get)?.status == 405) }
        for name in ["pins", "events"] {
            #expect(refusal(name, .post)?.status == 405)
            guard case .read = route(name, .get) else {
                Issue.record("\(name) is not read")
                continue
            }
        }
        #expect(refusal("nothing", .get)?.status == 404)
        #expect(refusal("pins", .get, [("start", "1")])?.status == 400)
    }

    @Test func outcomesBecomeAnswers() throws {
        func text(_ result: MarkResult) -> String {
            String(decoding: result.response.body, as: UTF8.self)
        }
        let pin = HistoryMark.pin(from: 1000, to: 2500, reason: "a \"b\"")
        let body = MarkResult.written(pin, .pinned(3)).response.body
        let records = try APIReader.records(body).value
        #expect(
            records == [["pin": "3", "start": "1", "end": "2.500", "reason": "a \"b\""]])
        #expect(MarkResult.written(.unpin(9), .noSuchPin).response.status == 404)
        #expect(text(.written(.unpin(9), .noSuchPin)).contains("no pin 9"))
        #expect(MarkResult.written(pin, .tooManyPins).response.status == 422)
        #expect(MarkResult.failed("full").response.status == 503)
        #expect(!MarkResult.failed("full").isWritten && MarkResult.written(pin, .done).isWritten)
    }

    @Test func withoutAHistoryThereIsNothingToRead() {
        let request = APIRequest(path: "/api/v1/history/pins")
        #expect(HistoryPages.respond(to: request, path: nil).status == 503)
        let missing = HistoryPages.respond(to: request, path: "/nonexistent/weir.db")
        #expect(missing.status == 503)
        #expect(String(decoding: missing.body, as: UTF8.self).contains("no such file"))
    }

    @Test func theNewestEventsAreToldOldestFirst() throws {
        let folder = NSTemporaryDirectory() + "/weir-events-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/weir.db"
        let writer = try HistoryWriter.open(HistoryOptions(path: path), wallMillis: 1000)
        // The newest was written first.
        for second in [Int64(9), 5, 6, 7, 8] {
            try writer.record(event: "note", text: "\(second)", atMillis: 1000 * second)
        }
        func texts(_ parameters: [(name: String, value: String)]) throws -> ([String], Bool) {
            let request = APIRequest(path: "/api/v1/history/events", parameters: parameters)
            let body = HistoryPages.respond(to: request, path: path).body
            let found = try APIReader.records(body).value.compactMap { $0["text"] }
            return (found, String(decoding: body, as: UTF8.self).contains("results truncated"))
        }
        let some = try texts([("start", "5"), ("end", "9"), ("limit", "3")])
        #expect(some.0 == ["7", "8", "9"] && some.1)
        let all = try texts([("start", "5"), ("limit", "5")])
        #expect(all.0 == ["5", "6", "7", "8", "9"] && !all.1)
        try writer.close(clean: true, wallMillis: 10_000)
    }
}
