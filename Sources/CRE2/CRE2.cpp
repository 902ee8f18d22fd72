// The body of CRE2.h. No exception leaves it: RE2 reports errors as values, and running out of
// memory ends the process as it does everywhere else.

#include "CRE2.h"

#include <re2/re2.h>

#include <map>
#include <string>
#include <vector>

struct cre2_pattern {
    re2::RE2 regex;

    cre2_pattern(re2::StringPiece text, const re2::RE2::Options &options) : regex(text, options) {}
};

static re2::RE2::Options options_with(size_t memory_max) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_dot_nl(true);
    options.set_never_nl(false);
    options.set_max_mem(static_cast<int64_t>(memory_max));
    return options;
}

cre2_pattern *cre2_compile(const char *pattern, size_t length, size_t memory_max) {
    return new cre2_pattern(re2::StringPiece(pattern, length), options_with(memory_max));
}

void cre2_free(cre2_pattern *pattern) { delete pattern; }

const char *cre2_error(const cre2_pattern *pattern) {
    return pattern->regex.ok() ? nullptr : pattern->regex.error().c_str();
}

bool cre2_matches(const cre2_pattern *pattern, const char *text, size_t length) {
    return pattern->regex.Match(
        re2::StringPiece(text, length), 0, length, re2::RE2::ANCHOR_BOTH, nullptr, 0);
}

bool cre2_capture(
    const cre2_pattern *pattern, const char *text, size_t length, cre2_range *ranges,
    size_t count) {
    const re2::StringPiece whole(text, length);
    std::vector<re2::StringPiece> groups(count);
    const bool found = pattern->regex.Match(
        whole, 0, length, re2::RE2::ANCHOR_BOTH, groups.data(), static_cast<int>(count));
    if (!found) return false;
    for (size_t index = 0; index < count; index++) {
        const re2::StringPiece &group = groups[index];
        if (group.data() == nullptr) {
            ranges[index] = {-1, -1};
        } else {
            const long start = group.data() - whole.data();
            ranges[index] = {start, start + static_cast<long>(group.size())};
        }
    }
    return true;
}

size_t cre2_groups(const cre2_pattern *pattern) {
    return static_cast<size_t>(pattern->regex.NumberOfCapturingGroups());
}

const char *cre2_group_name(const cre2_pattern *pattern, size_t group) {
    const std::map<int, std::string> &names = pattern->regex.CapturingGroupNames();
    const auto found = names.find(static_cast<int>(group));
    return found == names.end() ? nullptr : found->second.c_str();
}
