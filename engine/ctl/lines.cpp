#include "engine/ctl/lines.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <xxhash.h>
#include <boost/json/serialize.hpp>

#include "engine/ctl/reply.hpp"

namespace triaged::ctl {

namespace fs = std::filesystem;
namespace json = boost::json;

Result<LineReader> LineReader::open(const std::vector<std::string>& files, std::istream& standard_input)
{
    LineReader reader(files, standard_input);
    const bool has_standard_input = std::find(files.begin(), files.end(), "-") != files.end();
    for (const auto& file : files) {
        if (file == "-") continue;
        std::error_code failure;
        const auto size = fs::file_size(file, failure);
        if (failure)
            return fail(ErrorCode::bad_value, fmt::format("cannot read {}: {}", file, failure.message()));
        if (!std::ifstream(file)) return fail(ErrorCode::bad_value, fmt::format("cannot read {}", file));
        if (!has_standard_input) reader.bytes_in_all_ += size;
    }
    return reader;
}

bool LineReader::open_next()
{
    if (next_file_ == files_.size()) return false;
    const auto& file = files_[next_file_++];
    const bool standard = file == "-";
    line_ = Line{standard ? "stdin" : file, 0, {}};
    if (!standard) stream_ = std::ifstream(file, std::ios::binary);
    current_ = standard ? standard_input_ : &stream_;
    return true;
}

std::optional<Line> LineReader::next()
{
    while (current_ || open_next()) {
        while (std::getline(*current_, line_.text)) {
            ++line_.number;
            bytes_read_ += line_.text.size() + 1;
            if (line_.text.find_first_not_of(" \t\r") != std::string::npos) return line_;
        }
        current_ = nullptr;
    }
    return std::nullopt;
}

Result<std::string> with_ref(const Line& line)
{
    auto object = parse_object(line.text);
    if (!object) return tl::unexpected(object.error());
    std::string text = line.text;
    // A line break within the file's line can only be the carriage return of a DOS file.
    if (text.ends_with('\r')) text.pop_back();

    const auto* const op = object->if_contains("op");
    const bool is_contact = !op || *op == "ticket" || *op == "contact" || *op == "feedback";
    if (!is_contact || object->contains("ref")) return text;

    const auto ref = fmt::format("{}:{}:{:08x}", fs::path(line.file).filename().string(), line.number,
                                 static_cast<std::uint32_t>(XXH3_64bits(text.data(), text.size())));
    // Inserted into the text as it stands: writing the object anew could change how its numbers are spelt.
    const auto brace = text.find('{');
    const std::string_view comma = object->empty() ? "" : ",";
    text.insert(brace + 1, fmt::format("\"ref\":{}{}", json::serialize(json::string(ref)), comma));
    return text;
}

}  // namespace triaged::ctl
