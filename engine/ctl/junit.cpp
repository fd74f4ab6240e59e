#include "engine/ctl/junit.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace triaged::ctl {

namespace {

std::string escape(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\n':
                out += "&#10;";
                break;
            case '\t':
                out += "&#9;";
                break;
            case '\r':
                out += "&#13;";
                break;
            default:
                if (static_cast<unsigned char>(c) < 0x20)
                    out += "\xEF\xBF\xBD";
                else
                    out += c;
        }
    }
    return out;
}

std::string testcase(const CaseResult& result)
{
    auto out = fmt::format("    <testcase name=\"{}\" classname=\"{}\" file=\"{}\" line=\"{}\"",
                           escape(result.name), escape(result.file), escape(result.file), result.line);
    if (result.passed()) return out + "/>\n";
    if (result.skipped) return out + "><skipped/></testcase>\n";
    const auto why = escape(fmt::format("{}", fmt::join(result.mismatches, "\n")));
    return out + fmt::format("><failure message=\"{}\">{}:{}: {}</failure></testcase>\n",
                             escape(result.mismatches.front()), escape(result.file), result.line, why);
}

std::string counts(const std::vector<CaseResult>& results, std::size_t from, std::size_t to)
{
    std::size_t failed = 0;
    std::size_t skipped = 0;
    for (auto i = from; i < to; ++i) {
        failed += !results[i].skipped && !results[i].passed();
        skipped += results[i].skipped;
    }
    return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\"", to - from, failed,
                       skipped);
}

}  // namespace

std::string to_junit(const std::vector<CaseResult>& results)
{
    auto out =
        fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"triagectl test\" {}>\n",
                    counts(results, 0, results.size()));
    for (std::size_t from = 0; from < results.size();) {
        auto to = from;
        while (to < results.size() && results[to].file == results[from].file) ++to;
        out += fmt::format("  <testsuite name=\"{}\" {}>\n", escape(results[from].file),
                           counts(results, from, to));
        for (auto i = from; i < to; ++i) out += testcase(results[i]);
        out += "  </testsuite>\n";
        from = to;
    }
    return out + "</testsuites>\n";
}

}  // namespace triaged::ctl
