// Diagnostics: what is wrong in a file an operator wrote, where, and what to do about it.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace triaged {

enum class Severity { error, warning };

struct Diagnostic {
    Severity severity = Severity::error;
    std::string code;  // stable, kebab-case: `unknown-key`
    std::string file;
    int line = 0;    // from 1; 0 if it concerns the whole file
    int column = 0;  // from 1, in characters
    int length = 1;  // characters to underline
    std::string message;
    std::string source_line;  // as it stands in the file
    std::string suggestion;   // empty, or one sentence

    bool operator==(const Diagnostic&) const = default;
};

/// `file:line:column: error: message`, the line, a caret, the suggestion; ends in a newline.
std::string render(const Diagnostic& diagnostic, bool colour);

/// Every diagnostic in turn; empty if there are none.
std::string render(const std::vector<Diagnostic>& diagnostics, bool colour);

bool has_errors(const std::vector<Diagnostic>& diagnostics);

}  // namespace triaged
