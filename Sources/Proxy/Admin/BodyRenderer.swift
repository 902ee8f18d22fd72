// Pages rendered from a snapshot, on a reader thread: each reader has one renderer, which keeps
// what does not change between scrapes. Input and output are values, so a slow page holds up nobody
// but its own thread.

import EventLoop
import Exposition
import Stats

final class BodyRenderer {
    private let prometheus = PrometheusRenderer()

    func render(_ job: RenderJob) -> RenderedBody {
        let begin = Clock.monotonicNanos()
        let request = job.request
        var contentType = AdminResponse.plain
        var output = ByteOutput(capacity: 64 * 1024)
        let include: ((String) -> Bool)? =
            request.filter.isEmpty ? nil : { Self.contains($0, request.filter) }
        switch (request.page, request.format) {
        case (.metrics, _):
            contentType = PrometheusText.contentType
            prometheus.render(
                job.snapshot, into: &output, usedOnly: request.usedOnly, include: include)
        case (.stats, .text):
            StatsText.render(
                job.snapshot, previous: job.previous, into: &output, usedOnly: request.usedOnly,
                include: include)
        case (.stats, .json):
            contentType = AdminResponse.json
            StatsJSON.render(
                job.snapshot, previous: job.previous, into: &output, usedOnly: request.usedOnly,
                include: include)
        case (.clusters, .text):
            output.append(ClustersPage(job.snapshot, job.facts.config).text())
        case (.clusters, .json):
            contentType = AdminResponse.json
            output.append(ClustersPage(job.snapshot, job.facts.config).json())
        }
        let bytes = output.bytes
        return RenderedBody(
            request: request, tickets: job.tickets, contentType: contentType, bytes: bytes,
            renderNanos: Clock.monotonicNanos() - begin)
    }

    /// Whether `text` contains `part`, byte by byte. Names are short, so the plain search is right.
    static func contains(_ text: String, _ part: String) -> Bool {
        let haystack = Array(text.utf8)
        let needle = Array(part.utf8)
        guard needle.count <= haystack.count else { return false }
        return (0...haystack.count - needle.count).contains { start in
            haystack[start..<start + needle.count].elementsEqual(needle)
        }
    }
}
