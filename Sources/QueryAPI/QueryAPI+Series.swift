// series, labels and label values: what there is in a time, by the source's index, without
// samples. A limit cuts after sorting and is told as a warning: the same request gives the same
// part of a long list. On the caller's thread.

import PromQL

extension QueryAPI {
    func series(
        _ request: APIRequest, _ json: inout JSONBuffer
    ) throws(APIFailure) -> Notes {
        if request.all("match[]").isEmpty {
            throw APIFailure(.badData, "no match[] parameter provided")
        }
        let limit = try request.limit()
        let found = try labelSets(request)
        let isCut = limit > 0 && found.count > limit
        json.append("[")
        for (index, labels) in found.prefix(isCut ? limit : found.count).enumerated() {
            json.separate(index)
            json.labels(labels)
            try json.checkSize()
        }
        json.append("]")
        return isCut ? .truncated : Notes()
    }

    func labelNames(
        _ request: APIRequest, _ json: inout JSONBuffer
    ) throws(APIFailure) -> Notes {
        let limit = try request.limit()
        var names: Set<String> = []
        for labels in try labelSets(request) {
            for pair in labels.pairs { names.insert(pair.name) }
        }
        return try write(names, limit, &json)
    }

    func labelValues(
        of escaped: String, _ request: APIRequest, _ json: inout JSONBuffer
    ) throws(APIFailure) -> Notes {
        let name = LabelNameEscape.decoded(escaped)
        if name.isEmpty {
            throw APIFailure(.badData, "invalid label name: \(APIRequest.quoted(name))")
        }
        let limit = try request.limit()
        var values: Set<String> = []
        for labels in try labelSets(request) {
            let value = labels[name]
            if !value.isEmpty { values.insert(value) }
        }
        return try write(values, limit, &json)
    }

    /// Of series in the time of the request that satisfy one of its selectors.
    private func labelSets(_ request: APIRequest) throws(APIFailure) -> [Labels] {
        let start = try request.time("start", default: TimeText.earliest)
        let end = try request.time("end", default: TimeText.latest)
        let matchers = try request.matchers()
        let source = try source()
        if end < start { return [] }
        do throws(QueryFailure) {
            return try source.series(matchers, start: start, end: end)
        } catch {
            throw APIFailure(error)
        }
    }

    /// In byte order, the first `limit` of them.
    private func write(
        _ texts: Set<String>, _ limit: Int, _ json: inout JSONBuffer
    ) throws(APIFailure) -> Notes {
        let sorted = texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        guard limit > 0, sorted.count > limit else {
            try json.strings(sorted)
            return Notes()
        }
        try json.strings(Array(sorted.prefix(limit)))
        return .truncated
    }
}
