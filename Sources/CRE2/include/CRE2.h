// RE2 behind a C interface: what PromQL needs of it and nothing more. RE2 matches in time linear in
// the text, whatever the pattern, so a user's regular expression cannot stop a query. A compiled
// pattern is immutable and may be used by several threads at a time. Text is UTF-8.
// Decision: docs/decisions/0007-regular-expressions-by-re2.md
#ifndef CRE2_H
#define CRE2_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cre2_pattern;

/// One group of a match: bytes from the start of the text, or -1 and -1 when it took no part.
struct cre2_range {
    long start;
    long end;
};

/// Compiles with `.` matching newlines too. Program and automata together stay below memory_max
/// bytes: a larger pattern is an error. Never null; ask cre2_error before anything else.
struct cre2_pattern *cre2_compile(const char *pattern, size_t length, size_t memory_max);
void cre2_free(struct cre2_pattern *pattern);

/// Null when the pattern compiled, else words such as "missing ): (". Lives as long as the pattern.
const char *cre2_error(const struct cre2_pattern *pattern);

/// Whether the whole text matches.
bool cre2_matches(const struct cre2_pattern *pattern, const char *text, size_t length);

/// As cre2_matches; fills `count` ranges, the whole match first. `count` is 0...1 + cre2_groups.
bool cre2_capture(
    const struct cre2_pattern *pattern, const char *text, size_t length,
    struct cre2_range *ranges, size_t count);

/// Capturing groups, the whole match not counted.
size_t cre2_groups(const struct cre2_pattern *pattern);

/// Name of group 1...cre2_groups, or null. Valid as long as the pattern.
const char *cre2_group_name(const struct cre2_pattern *pattern, size_t group);

#ifdef __cplusplus
}
#endif

#endif
