// The field names that the proxy acts upon, and the ones that are so common that recognising them
// is cheaper than validating them byte by byte. Order matters twice: the parser acts at once on
// everything up to `proxyConnection`, and a raw value is a bit of a 64-bit set.

/// A field name known by heart; every other one is `other`.
public enum KnownField: UInt8, CaseIterable, Sendable, BitwiseCopyable {
    case other
    case host, connection, contentLength, transferEncoding, expect, upgrade, te, keepAlive
    case proxyConnection
    case trailer, proxyAuthenticate, proxyAuthorization, proxyAuthenticationInfo
    case xForwardedFor, xForwardedProto, xForwardedHost, forwarded, xRequestId, xRealIp, via
    case date, server, accept, acceptEncoding, acceptLanguage, acceptRanges, userAgent, cookie
    case setCookie, referer, origin, authorization, cacheControl, pragma, contentType
    case contentEncoding, contentLanguage, contentRange, contentDisposition, ifNoneMatch
    case ifModifiedSince, etag, lastModified, expires, age, vary, location, range, retryAfter
    case maxForwards, wwwAuthenticate, priority, upgradeInsecureRequests, secFetchSite
    case secFetchMode, secFetchDest, secFetchUser, strictTransportSecurity, xContentTypeOptions
    case xRequestedWith, traceparent, tracestate, altSvc

    /// The lower-case names in the order of the cases from `host` on, each at most 32 bytes.
    static var names: StaticString {
        """
        host connection content-length transfer-encoding expect upgrade te keep-alive \
        proxy-connection trailer proxy-authenticate proxy-authorization \
        proxy-authentication-info x-forwarded-for x-forwarded-proto x-forwarded-host forwarded \
        x-request-id x-real-ip via date server accept accept-encoding accept-language \
        accept-ranges user-agent cookie set-cookie referer origin authorization cache-control \
        pragma content-type content-encoding content-language content-range content-disposition \
        if-none-match if-modified-since etag last-modified expires age vary location range \
        retry-after max-forwards www-authenticate priority upgrade-insecure-requests \
        sec-fetch-site sec-fetch-mode sec-fetch-dest sec-fetch-user strict-transport-security \
        x-content-type-options x-requested-with traceparent tracestate alt-svc
        """
    }

    /// The parser acts upon this field as soon as its line is read.
    @inline(__always)
    var needsAction: Bool { rawValue &- 1 < KnownField.proxyConnection.rawValue }

    /// Naming this field in Connection is refused: its loss would change how the message is
    /// framed or routed, or who it is from, for the next hop (RFC 9110 section 7.6.1 lets nobody
    /// list a field meant for all recipients).
    var isProtectedFromConnection: Bool {
        switch self {
        case .host, .contentLength, .expect, .xForwardedFor, .xForwardedProto, .xForwardedHost,
            .forwarded, .xRequestId, .xRealIp, .via, .authorization, .cookie, .setCookie,
            .cacheControl, .contentType, .contentEncoding, .contentRange, .location, .date:
            true
        case .other, .connection, .transferEncoding, .upgrade, .te, .keepAlive, .proxyConnection,
            .trailer, .proxyAuthenticate, .proxyAuthorization, .proxyAuthenticationInfo, .server,
            .accept, .acceptEncoding, .acceptLanguage, .acceptRanges, .userAgent, .referer,
            .origin, .pragma, .contentLanguage, .contentDisposition, .ifNoneMatch,
            .ifModifiedSince, .etag, .lastModified, .expires, .age, .vary, .range, .retryAfter,
            .maxForwards, .wwwAuthenticate, .priority, .upgradeInsecureRequests, .secFetchSite,
            .secFetchMode, .secFetchDest, .secFetchUser, .strictTransportSecurity,
            .xContentTypeOptions, .xRequestedWith, .traceparent, .tracestate, .altSvc:
            false
        }
    }

    /// Never forwarded from a trailer section: framing, routing, request modifiers,
    /// authentication, content handling, response control (RFC 9110 section 6.5.1).
    var isForbiddenInTrailers: Bool {
        switch self {
        case .host, .connection, .contentLength, .transferEncoding, .expect, .upgrade, .te,
            .keepAlive, .proxyConnection, .trailer, .proxyAuthenticate, .proxyAuthorization,
            .proxyAuthenticationInfo, .xForwardedFor, .xForwardedProto, .xForwardedHost,
            .forwarded, .xRequestId, .xRealIp, .via, .cookie, .setCookie, .authorization,
            .wwwAuthenticate, .cacheControl, .pragma, .contentType, .contentEncoding,
            .contentLanguage, .contentRange, .contentDisposition, .ifNoneMatch, .ifModifiedSince,
            .age, .expires, .date, .location, .range, .retryAfter, .vary, .maxForwards,
            .strictTransportSecurity, .origin, .altSvc:
            true
        case .other, .server, .accept, .acceptEncoding, .acceptLanguage, .acceptRanges,
            .userAgent, .referer, .etag, .lastModified, .priority, .upgradeInsecureRequests,
            .secFetchSite, .secFetchMode, .secFetchDest, .secFetchUser, .xContentTypeOptions,
            .xRequestedWith, .traceparent, .tracestate:
            false
        }
    }
}
