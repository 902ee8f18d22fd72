// A time as the API's clients spell it, for endpoints that live beside this module and for whoever
// reads their answers. It knows only the spelling, not which times make sense. Pure; any
// thread.

public enum APITime {
    /// Unix milliseconds of float seconds or RFC 3339; nil for anything else.
    public static func millis(_ text: String) -> Int64? { TimeText.time(text) }
}
