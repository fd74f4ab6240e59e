#include "engine/model/diagnostic.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace triaged {

std::string render(const Diagnostic& d, bool colour)
{
    const bool error = d.severity == Severity::error;
    const auto paint = [&](std::string_view code, std::string_view text) {
        return colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
    };
    std::string place = d.file;
    if (d.line > 0) place += fmt::format(":{}:{}", d.line, d.column);
    std::string out = fmt::format("{}: {} {}\n", paint("1", place),
                                  paint(error ? "1;31" : "1;33", error ? "error:" : "warning:"), d.message);
    if (d.line > 0 && !d.source_line.empty()) {
        // Tabs stay tabs in the margin so that the caret stands under what it points at.
        std::string margin;
        int column = 1;
        for (const char c : d.source_line) {
            if (column >= d.column) break;
            if ((static_cast<unsigned char>(c) & 0xc0U) == 0x80U) continue;
            margin += c == '\t' ? '\t' : ' ';
            ++column;
        }
        margin.append(static_cast<std::size_t>(std::max(0, d.column - column)), ' ');
        const auto carets = std::string(static_cast<std::size_t>(std::max(1, d.length)), '^');
        const auto number = std::to_string(d.line);
        out +=
            fmt::format("{:>5} | {}\n      | {}{}\n", number, d.source_line, margin, paint("1;32", carets));
    }
    if (!d.suggestion.empty()) out += fmt::format("      = {}\n", d.suggestion);
    return out;
}

std::string render(const std::vector<Diagnostic>& diagnostics, bool colour)
{
    std::string out;
    for (const auto& diagnostic : diagnostics) out += render(diagnostic, colour);
    return out;
}

bool has_errors(const std::vector<Diagnostic>& diagnostics)
{
    return std::any_of(diagnostics.begin(), diagnostics.end(),
                       [](const Diagnostic& d) { return d.severity == Severity::error; });
}

}  // namespace triaged
