// The API's own spelling of values for programs that have no request to answer: `statsctl` prints
// with it what it has asked of a file, so that a script reads the same from both. Everything goes
// through `JSONBuffer`, the one writer of these shapes. Pure, any thread.

public import PromQL

public enum APIText {
    /// `{"resultType":...,"result":...}`: what stands in `data` of a query's answer.
    public static func data(_ value: QueryValue) -> [UInt8] {
        var json = JSONBuffer()
        json.append("{")
        do throws(APIFailure) {
            try json.result(value)
        } catch {
            preconditionFailure("BUG: a buffer without a limit is full: \(error.text)")
        }
        json.append("}")
        return json.bytes
    }

    /// `{"count":"...","sum":"...","buckets":[...]}`.
    public static func histogram(_ histogram: FloatHistogram) -> String {
        text { $0.object(histogram) }
    }

    /// `{"name":"value",...}`.
    public static func labels(_ labels: Labels) -> String {
        text { $0.labels(labels) }
    }

    /// Milliseconds as seconds: `1435781451.781`, or `4`.
    public static func seconds(_ millis: Int64) -> String {
        text { $0.timestamp(millis) }
    }

    private static func text(_ write: (inout JSONBuffer) -> Void) -> String {
        var json = JSONBuffer()
        write(&json)
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
